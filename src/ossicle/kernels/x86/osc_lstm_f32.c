/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_lstm_f32(const float *gates, float *h, float *c, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const int lanes = n - i;
        osc_floats_t gate[4];
        for (int g = 0; g < 4; g++) {
            const float *const gx = gates + g * n + i;
            gate[g] = OSC_OP(add_ps)(osc_get_floats(gx, lanes), osc_get_floats(gx + 4 * n, lanes));
        }
        const osc_floats_t kept = OSC_OP(mul_ps)(osc_vector_sigmoid(gate[1]), osc_get_floats(c + i, lanes));
        const osc_floats_t added = OSC_OP(mul_ps)(osc_vector_sigmoid(gate[0]), osc_vector_tanh(gate[2]));
        const osc_floats_t cell = OSC_OP(add_ps)(kept, added);
        osc_put_floats(c + i, cell, lanes);
        osc_put_floats(h + i, OSC_OP(mul_ps)(osc_vector_sigmoid(gate[3]), osc_vector_tanh(cell)), lanes);
    }
#else
    for (int i = 0; i < n; i++) {
        h[i] = osc_lstm_unit_f32(gates, gates + 4 * n, n, i, &c[i]);
    }
#endif
}
