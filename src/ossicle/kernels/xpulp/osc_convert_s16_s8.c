/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* At least one value, by a factor under a half. In CORE-V a value takes 11 cycles, five of them for its product. */
static inline void convert(const int16_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t zero_point)
{
#ifdef OSC_COREV
    __asm__ volatile(
        OSC_COREV_LOOP("6",
            "cv.lh t0, (%[x]), 2\n\t"
            "mulh t0, t0, %[multiplier]\n\t"
            "cv.addrnr t0, zero, %[shift]\n\t"
            "add t0, t0, %[zero_point]\n\t"
            "cv.clip t0, t0, 8\n\t"
            "cv.sb t0, (%[y]), 1\n\t")
        : [x] "+r"(x), [y] "+r"(y)
        : [count] "r"(n), [multiplier] "r"(multiplier), [shift] "r"(shift), [zero_point] "r"(zero_point)
        : "t0", "memory");
#else
    for (int i = 0; i < n; i++) {
        const int64_t product = (int64_t)x[i] * multiplier;
        const int32_t steps = osc_rounded_shift((int32_t)(product >> 32), shift - 32);
        y[i] = (int8_t)osc_clamp_s32(steps + zero_point, INT8_MIN, INT8_MAX);
    }
#endif
}

void osc_convert_s16_s8(const int16_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t zero_point)
{
    if (n > 0 && shift > 32) {
        convert(x, y, n, multiplier, shift, zero_point);
        return;
    }
    for (int i = 0; i < n; i++) {
        const int32_t steps = osc_rescale_s32(x[i], multiplier, (uint8_t)shift, 255);
        y[i] = (int8_t)osc_clamp_s32(steps + zero_point, INT8_MIN, INT8_MAX);
    }
}
