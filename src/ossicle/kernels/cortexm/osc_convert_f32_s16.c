/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Four floats times a factor to the nearest integers, halves to even, before any of them is read, since a result takes
 * a while. The instruction rounds as the FPU is set after a reset, and saturates. */
static inline void convert_four(float p, float q, float r, float s, int16_t *y)
{
    int32_t a, b, c, d;
#if defined(__arm__) && defined(__ARM_FP)
    __asm__("vcvtr.s32.f32 %4, %4\n\t"
            "vcvtr.s32.f32 %5, %5\n\t"
            "vcvtr.s32.f32 %6, %6\n\t"
            "vcvtr.s32.f32 %7, %7\n\t"
            "vmov %0, %4\n\t"
            "vmov %1, %5\n\t"
            "vmov %2, %6\n\t"
            "vmov %3, %7"
            : "=&r"(a), "=&r"(b), "=&r"(c), "=r"(d), "+t"(p), "+t"(q), "+t"(r), "+t"(s));
#else
    a = (int32_t)osc_round_f32(osc_clamp_f32(p, -65536.0f, 65536.0f));
    b = (int32_t)osc_round_f32(osc_clamp_f32(q, -65536.0f, 65536.0f));
    c = (int32_t)osc_round_f32(osc_clamp_f32(r, -65536.0f, 65536.0f));
    d = (int32_t)osc_round_f32(osc_clamp_f32(s, -65536.0f, 65536.0f));
#endif
    y[0] = (int16_t)OSC_SSAT(a, 16);
    y[1] = (int16_t)OSC_SSAT(b, 16);
    y[2] = (int16_t)OSC_SSAT(c, 16);
    y[3] = (int16_t)OSC_SSAT(d, 16);
}

void osc_convert_f32_s16(const float *x, int16_t *y, int n, float inverse_scale)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        convert_four(x[i] * inverse_scale, x[i + 1] * inverse_scale, x[i + 2] * inverse_scale, x[i + 3] * inverse_scale,
                     y + i);
    }
    for (; i < n; i++) {
        int16_t four[4];
        convert_four(x[i] * inverse_scale, 0.0f, 0.0f, 0.0f, four);
        y[i] = four[0];
    }
}
