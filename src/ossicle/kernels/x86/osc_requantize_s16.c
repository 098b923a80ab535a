/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_requantized.h"

#ifdef OSC_WIDE
OSC_INLINE void lanes(const osc_requantize_t *f, const int32_t *sums, int i, int n, int32_t low, int16_t *y, int small)
{
    const osc_ints_t result = osc_requantized(f, sums, i, n, 32768, small);
    osc_put_s16(y + i, OSC_OP(max_epi32)(result, OSC_INT(low)), n);
}

/* The last register begins early enough to be whole. */
OSC_INLINE void all(const osc_requantize_t *f, const int32_t *sums, int n, int32_t low, int16_t *y, int small)
{
    if (n < OSC_WIDE) {
        lanes(f, sums, 0, n, low, y, small);
        return;
    }
    for (int i = 0; i + OSC_WIDE < n; i += OSC_WIDE) {
        lanes(f, sums, i, OSC_WIDE, low, y, small);
    }
    lanes(f, sums, n - OSC_WIDE, OSC_WIDE, low, y, small);
}
#endif

void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    const osc_requantize_t f = *requantization;
#ifdef OSC_WIDE
    if (osc_small_factors(f.shift, n)) {
        all(&f, sums, n, low, y, 1);
    } else {
        all(&f, sums, n, low, y, 0);
    }
#else
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_s32(sums[i] + f.bias[i], f.multiplier[i], f.shift[i], 32768);
        y[i] = (int16_t)osc_clamp_s32(result, low, INT16_MAX);
    }
#endif
}
