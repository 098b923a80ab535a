/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_gru_f32(const float *gates, float *h, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const float *const gx = gates + i, *const gh = gx + 3 * n;
        const int lanes = n - i;
        const osc_floats_t r =
            osc_vector_sigmoid(OSC_OP(add_ps)(osc_get_floats(gx, lanes), osc_get_floats(gh, lanes)));
        const osc_floats_t z =
            osc_vector_sigmoid(OSC_OP(add_ps)(osc_get_floats(gx + n, lanes), osc_get_floats(gh + n, lanes)));
        const osc_floats_t gated = OSC_OP(mul_ps)(r, osc_get_floats(gh + 2 * n, lanes));
        const osc_floats_t candidate =
            osc_vector_tanh(OSC_OP(add_ps)(osc_get_floats(gx + 2 * n, lanes), gated));
        const osc_floats_t change = OSC_OP(mul_ps)(z, OSC_OP(sub_ps)(osc_get_floats(h + i, lanes), candidate));
        osc_put_floats(h + i, OSC_OP(add_ps)(candidate, change), lanes);
    }
#else
    for (int i = 0; i < n; i++) {
        h[i] = osc_gru_unit_f32(gates, gates + 3 * n, n, i, h[i]);
    }
#endif
}
