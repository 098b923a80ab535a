/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Rows of any factors. */
OSC_LAYER static void requantize_any(const osc_requantize_t *f, const int32_t *sums, int n, int32_t zero_point,
                                     int32_t low, int8_t *y)
{
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_s32(sums[i] + f->bias[i], f->multiplier[i], f->shift[i], 255);
        y[i] = (int8_t)osc_clamp_s32(result + zero_point, low, INT8_MAX);
    }
}

/* At least one row of factors under a half. In CORE-V a row takes 15 cycles, five of them for its product. */
static inline void requantize(osc_requantize_t f, const int32_t *sums, int n, int32_t zero_point, int32_t low,
                              int8_t *y)
{
#ifdef OSC_COREV
    __asm__ volatile(
        OSC_COREV_RESCALE("3",
            "add t0, t0, %[zero_point]\n\t"
            "cv.clip t0, t0, 8\n\t"
            "cv.max t0, t0, %[low]\n\t",
            "cv.sb t0, (%[y]), 1\n\t")
        : [sums] "+r"(sums), [bias] "+r"(f.bias), [multiplier] "+r"(f.multiplier), [shift] "+r"(f.shift),
          [y] "+r"(y)
        : [count] "r"(n), [zero_point] "r"(zero_point), [low] "r"(low)
        : "t0", "t1", "t2", "t3", "memory");
#else
    for (int i = 0; i < n; i++) {
        y[i] = (int8_t)osc_clamp_s32(osc_rescale_row(&f, sums[i], i) + zero_point, low, INT8_MAX);
    }
#endif
}

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    if (n <= 0 || !osc_upper_words_do(requantization->shift, n)) {
        requantize_any(requantization, sums, n, zero_point, low, y);
    } else {
        requantize(*requantization, sums, n, zero_point, low, y);
    }
}
