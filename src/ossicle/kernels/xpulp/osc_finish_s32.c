#include "osc_rescale.h"

/* Rows of any factors. */
OSC_LAYER static void finish_any(const osc_factors_t *f, int32_t *sums, int n, int32_t limit)
{
    for (int i = 0; i < n; i++) {
        sums[i] = osc_rescale_s32(sums[i] + f->bias[i], f->multiplier[i], f->shift[i], limit);
    }
}

/* At least one row of factors under a half. In CORE-V a row takes 14 cycles, five of them for its product. */
static inline void finish(osc_factors_t f, int32_t *sums, int n, int32_t limit)
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

void osc_finish_s32(const osc_factors_t *factors, int32_t *sums, int n, int32_t limit)
{
    if (n <= 0 || !osc_upper_words_do(factors->shift, n)) {
        finish_any(factors, sums, n, limit);
    } else {
        finish(*factors, sums, n, limit);
    }
}
