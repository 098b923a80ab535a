/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Four floats to the nearest integers, halves to even, before any of them is read, since a result takes a while. The
 * instruction rounds as the FPU is set after a reset, and saturates. */
static inline void nearest_four(const float x[4], int32_t y[4])
{
#if defined(__arm__) && defined(__ARM_FP)
    float a, b, c, d;
    __asm__("vcvtr.s32.f32 %0, %4\n\t"
            "vcvtr.s32.f32 %1, %5\n\t"
            "vcvtr.s32.f32 %2, %6\n\t"
            "vcvtr.s32.f32 %3, %7"
            : "=&t"(a), "=&t"(b), "=&t"(c), "=t"(d)
            : "t"(x[0]), "t"(x[1]), "t"(x[2]), "t"(x[3]));
    const float bits[4] = {a, b, c, d};
    __builtin_memcpy(y, bits, sizeof bits);
#else
    for (int i = 0; i < 4; i++) {
        y[i] = (int32_t)osc_round_f32(osc_clamp_f32(x[i], -65536.0f, 65536.0f));
    }
#endif
}

static inline void convert_four(const float *x, int16_t *y, int n, float inverse_scale)
{
    float scaled[4] = {0.0f};
    int32_t code[4];
    for (int i = 0; i < n; i++) {
        scaled[i] = x[i] * inverse_scale;
    }
    nearest_four(scaled, code);
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)OSC_SSAT(code[i], 16);
    }
}

void osc_convert_f32_s16(const float *x, int16_t *y, int n, float inverse_scale)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        convert_four(x + i, y + i, 4, inverse_scale);
    }
    if (i < n) {
        convert_four(x + i, y + i, n - i, inverse_scale);
    }
}
