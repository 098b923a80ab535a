/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Rows of any factors. */
OSC_LAYER static void requantize_any(const osc_requantize_t *f, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_s32(sums[i] + f->bias[i], f->multiplier[i], f->shift[i], 32768);
        y[i] = (int16_t)osc_clamp_s32(result, low, INT16_MAX);
    }
}

/* At least one row of factors under a half. In CORE-V a row takes 13 cycles, five of them for its product. */
OSC_INLINE void requantize(osc_requantize_t f, const int32_t *sums, int n, const int32_t low, int16_t *y)
{
#ifdef OSC_COREV
    __asm__ volatile(
        OSC_COREV_RESCALE("1",
            ".if %[low] == 0\n\tcv.clipu t0, t0, 16\n\t.else\n\tcv.clip t0, t0, 16\n\t.endif\n\t",
            "cv.sh t0, (%[y]), 2\n\t")
        : [sums] "+r"(sums), [bias] "+r"(f.bias), [multiplier] "+r"(f.multiplier), [shift] "+r"(f.shift),
          [y] "+r"(y)
        : [count] "r"(n), [low] "i"(low)
        : "t0", "t1", "t2", "t3", "memory");
#else
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_clamp_s32(osc_rescale_row(&f, sums[i], i), low, INT16_MAX);
    }
#endif
}

/* With the limits known at compile time, limiting is one instruction. */
void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    if (n <= 0 || !osc_upper_words_do(requantization->shift, n)) {
        requantize_any(requantization, sums, n, low, y);
    } else if (low == 0) {
        requantize(*requantization, sums, n, 0, y);
    } else {
        requantize(*requantization, sums, n, INT16_MIN, y);
    }
}
