/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Rows of any factors. */
OSC_LAYER static void requantize_any(const osc_requantize_t *f, int32_t *sums, int n, int32_t limit)
{
    for (int i = 0; i < n; i++) {
        sums[i] = osc_rescale_s32(sums[i] + f->bias[i], f->multiplier[i], f->shift[i], limit);
    }
}

#ifdef OSC_COREV

/* At least one row of factors under 2**29, in 20 cycles each. A sum whose factor is a half or more is shifted up, so
 * that the upper word of its product is enough. The multiplier of such a factor has its upper bit set: a sum that has
 * no bits to be shifted up, and is limited instead, gives a result beyond the limit either way. */
static inline void requantize_coarse(osc_requantize_t f, int32_t *sums, int n, int32_t limit)
{
    int32_t *y = sums;
    __asm__ volatile(
        OSC_COREV_LOOP("16",
            "cv.lw t0, (%[sums]), 4\n\t"
            "cv.lw t1, (%[bias]), 4\n\t"
            "cv.lw t2, (%[multiplier]), 4\n\t"
            "cv.lbu t3, (%[shift]), 1\n\t"
            "add t0, t0, t1\n\t"
            "sub t1, %[least], t3\n\t"
            "cv.max t1, t1, zero\n\t"
            "add t3, t3, t1\n\t"
            "srl t4, %[largest], t1\n\t"
            "cv.clipr t0, t0, t4\n\t"
            "sll t0, t0, t1\n\t"
            "mulh t0, t0, t2\n\t"
            "cv.addrnr t0, zero, t3\n\t"
            "cv.min t0, t0, %[high]\n\t"
            "cv.max t0, t0, %[low]\n\t"
            "cv.sw t0, (%[y]), 4\n\t")
        : [sums] "+r"(sums), [bias] "+r"(f.bias), [multiplier] "+r"(f.multiplier), [shift] "+r"(f.shift),
          [y] "+r"(y)
        : [count] "r"(n), [high] "r"(limit), [low] "r"(-limit), [least] "r"(33), [largest] "r"(INT32_MAX)
        : "t0", "t1", "t2", "t3", "t4", "memory");
}

#endif

/* At least one row of factors under a half. In CORE-V a row takes 14 cycles, five of them for its product. */
static inline void requantize(osc_requantize_t f, int32_t *sums, int n, int32_t limit)
{
#ifdef OSC_COREV
    int32_t *y = sums;
    __asm__ volatile(
        OSC_COREV_RESCALE("2",
            "cv.min t0, t0, %[high]\n\t"
            "cv.max t0, t0, %[low]\n\t",
            "cv.sw t0, (%[y]), 4\n\t")
        : [sums] "+r"(sums), [bias] "+r"(f.bias), [multiplier] "+r"(f.multiplier), [shift] "+r"(f.shift),
          [y] "+r"(y)
        : [count] "r"(n), [high] "r"(limit), [low] "r"(-limit)
        : "t0", "t1", "t2", "t3", "memory");
#else
    for (int i = 0; i < n; i++) {
        sums[i] = osc_clamp_s32(osc_rescale_row(&f, sums[i], i), -limit, limit);
    }
#endif
}

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    if (n > 0 && osc_upper_words_do(requantization->shift, n)) {
        requantize(*requantization, sums, n, limit);
#ifdef OSC_COREV
    } else if (n > 0 && osc_shifts_over(1, requantization->shift, n)) {
        requantize_coarse(*requantization, sums, n, limit);
#endif
    } else {
        requantize_any(requantization, sums, n, limit);
    }
}
