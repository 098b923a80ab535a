/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        osc_put_s16(y + i, osc_sigmoid_four(vld1q_s32(x + i), OSC_GATE_FRACTION), 4);
    }
    if (i < n) {
        osc_put_s16(y + i, osc_sigmoid_four(osc_get_s32(x + i, n - i), OSC_GATE_FRACTION), n - i);
    }
}
