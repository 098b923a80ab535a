/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

OSC_INLINE void four(const osc_requantize_t *of, const int32_t *sums, int at, int n, int32_t low, int16_t *y)
{
    osc_put_s16(y + at, vmaxq_s32(osc_requantize_four(of, sums, at, n, 32768), vdupq_n_s32(low)), n);
}

void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    const osc_requantize_t f = *requantization;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        four(&f, sums, i, 4, low, y);
    }
    if (i < n) {
        four(&f, sums, i, n - i, low, y);
    }
}
