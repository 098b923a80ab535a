/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

OSC_INLINE void four(const osc_requantize_t *of, const int32_t *sums, int at, int n, int32_t zero_point, int32_t low,
                     int8_t *y)
{
    const int32x4_t code = vaddq_s32(osc_requantize_four(of, sums, at, n, 255), vdupq_n_s32(zero_point));
    osc_put_s8(y + at, vmaxq_s32(code, vdupq_n_s32(low)), n);
}

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    const osc_requantize_t f = *requantization;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        four(&f, sums, i, 4, zero_point, low, y);
    }
    if (i < n) {
        four(&f, sums, i, n - i, zero_point, low, y);
    }
}
