/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        osc_put_s16(y + i, osc_vector_sigmoid_q15(osc_get_ints(x + i, n - i), OSC_GATE_FRACTION), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_clamp_s32(osc_sigmoid_q15(x[i], OSC_GATE_FRACTION), 0, INT16_MAX);
    }
#endif
}
