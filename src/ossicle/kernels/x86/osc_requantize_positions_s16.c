/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"
#include "osc_vector_math.h"

#ifdef OSC_WIDE
/* `n` results from element `i` on of each position. */
OSC_INLINE void column(const osc_requantize_t *f, const int32_t *sums, int sums_step, int count, int i, int n, int32_t low,
                       int16_t *y, int y_step, int small)
{
    const osc_ints_t bias = osc_get_ints(f->bias + i, n), lowest = OSC_INT(low);
    const osc_ints_t multiplier = osc_get_ints(f->multiplier + i, n), shift = osc_get_shifts(f->shift + i, n);
    sums += i;
    y += i;
    for (int p = 0; p < count; p++, sums += sums_step, y += y_step) {
        const osc_ints_t sum = OSC_OP(add_epi32)(osc_get_ints(sums, n), bias);
        const osc_ints_t result = osc_vector_rescale(sum, multiplier, shift, 32768, small);
        osc_put_s16(y, OSC_OP(max_epi32)(result, lowest), n);
    }
}

/* The last registers begin early enough to be whole. */
OSC_INLINE void all(const osc_requantize_t *f, const int32_t *sums, int sums_step, int count, int n, int32_t low,
                    int16_t *y, int y_step, int small)
{
    if (n < OSC_WIDE) {
        column(f, sums, sums_step, count, 0, n, low, y, y_step, small);
        return;
    }
    for (int i = 0; i + OSC_WIDE < n; i += OSC_WIDE) {
        column(f, sums, sums_step, count, i, OSC_WIDE, low, y, y_step, small);
    }
    column(f, sums, sums_step, count, n - OSC_WIDE, OSC_WIDE, low, y, y_step, small);
}
#endif

void osc_requantize_positions_s16(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                  int n, int32_t low, int16_t *y, int y_step)
{
    const osc_requantize_t f = *requantization;
#ifdef OSC_WIDE
    if (osc_small_factors(f.shift, n)) {
        all(&f, sums, sums_step, count, n, low, y, y_step, 1);
    } else {
        all(&f, sums, sums_step, count, n, low, y, y_step, 0);
    }
#else
    for (int p = 0; p < count; p++) {
        for (int i = 0; i < n; i++) {
            const int32_t sum = sums[p * sums_step + i] + f.bias[i];
            const int32_t result = osc_rescale_s32(sum, f.multiplier[i], f.shift[i], 32768);
            y[p * y_step + i] = (int16_t)osc_clamp_s32(result, low, INT16_MAX);
        }
    }
#endif
}
