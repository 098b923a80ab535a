/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

/* Up to four of `units` hidden units, from `at` on. */
OSC_INLINE void four_units(const int32_t *gates, int16_t *h, int units, int at, int n)
{
    const int32_t *const gx = gates + at, *const gh = gx + 3 * units;
    const int32x4_t r_sum = vaddq_s32(osc_get_s32(gx, n), osc_get_s32(gh, n));
    const int32x4_t z_sum = vaddq_s32(osc_get_s32(gx + units, n), osc_get_s32(gh + units, n));
    const int32x4_t r = osc_sigmoid_four(r_sum, OSC_GATE_FRACTION), z = osc_sigmoid_four(z_sum, OSC_GATE_FRACTION);
    const int32x4_t gated = osc_times_q15(r, osc_get_s32(gh + 2 * units, n));
    const int32x4_t candidate =
        osc_tanh_four(vaddq_s32(osc_get_s32(gx + 2 * units, n), gated), OSC_GATE_FRACTION);
    const int32x4_t change = vsubq_s32(osc_get_s16(h + at, n), candidate);
    osc_put_s16(h + at, vaddq_s32(candidate, osc_times_q15(z, change)), n);
}

void osc_gru_s16(const int32_t *gates, int16_t *h, int n)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        four_units(gates, h, n, i, 4);
    }
    if (i < n) {
        four_units(gates, h, n, i, n - i);
    }
}
