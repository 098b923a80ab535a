/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of four lanes of 32 bits, as every 64-bit Arm has them.
 *
 * `n` is how many lanes of a vector are in memory, if it is under four: nothing beyond them is read or written, and lanes
 * that are not read are zero. Where it is a constant, it costs nothing. */
#ifndef OSC_NEON_H
#define OSC_NEON_H

#include "osc_math.h"

#ifndef __aarch64__
#error "these kernels are for 64-bit Arm: compile the model for another target"
#endif
#include <arm_neon.h>
#include <stddef.h>

#define OSC_INLINE static inline __attribute__((always_inline))

OSC_INLINE int32x4_t osc_get_s32(const int32_t *x, int n)
{
    int32_t lanes[4] = {0};
    if (n >= 4) {
        return vld1q_s32(x);
    }
    __builtin_memcpy(lanes, x, (size_t)n * sizeof *x);
    return vld1q_s32(lanes);
}

OSC_INLINE void osc_put_s32(int32_t *y, int32x4_t value, int n)
{
    int32_t lanes[4];
    if (n >= 4) {
        vst1q_s32(y, value);
        return;
    }
    vst1q_s32(lanes, value);
    __builtin_memcpy(y, lanes, (size_t)n * sizeof *y);
}

OSC_INLINE float32x4_t osc_get_f32(const float *x, int n)
{
    float lanes[4] = {0};
    if (n >= 4) {
        return vld1q_f32(x);
    }
    __builtin_memcpy(lanes, x, (size_t)n * sizeof *x);
    return vld1q_f32(lanes);
}

OSC_INLINE void osc_put_f32(float *y, float32x4_t value, int n)
{
    float lanes[4];
    if (n >= 4) {
        vst1q_f32(y, value);
        return;
    }
    vst1q_f32(lanes, value);
    __builtin_memcpy(y, lanes, (size_t)n * sizeof *y);
}

OSC_INLINE int32x4_t osc_get_s16(const int16_t *x, int n)
{
    int16_t lanes[4] = {0};
    if (n >= 4) {
        return vmovl_s16(vld1_s16(x));
    }
    __builtin_memcpy(lanes, x, (size_t)n * sizeof *x);
    return vmovl_s16(vld1_s16(lanes));
}

/* Saturated. */
OSC_INLINE void osc_put_s16(int16_t *y, int32x4_t value, int n)
{
    int16_t lanes[4];
    if (n >= 4) {
        vst1_s16(y, vqmovn_s32(value));
        return;
    }
    vst1_s16(lanes, vqmovn_s32(value));
    __builtin_memcpy(y, lanes, (size_t)n * sizeof *y);
}

/* Saturated. */
OSC_INLINE void osc_put_s8(int8_t *y, int32x4_t value, int n)
{
    int8_t lanes[8];
    const int16x4_t narrow = vqmovn_s32(value);
    vst1_s8(lanes, vqmovn_s16(vcombine_s16(narrow, narrow)));
    __builtin_memcpy(y, lanes, (size_t)(n >= 4 ? 4 : n));
}

/* Two neighbours in a table of 16 bits at each index, as the halves of a lane. */
OSC_INLINE int32x4_t osc_look_up(const int16_t *table, int32x4_t index)
{
    int32_t pairs[4];
    __builtin_memcpy(&pairs[0], table + vgetq_lane_s32(index, 0), sizeof *pairs);
    __builtin_memcpy(&pairs[1], table + vgetq_lane_s32(index, 1), sizeof *pairs);
    __builtin_memcpy(&pairs[2], table + vgetq_lane_s32(index, 2), sizeof *pairs);
    __builtin_memcpy(&pairs[3], table + vgetq_lane_s32(index, 3), sizeof *pairs);
    return vld1q_s32(pairs);
}

/* osc_tanh_q15. */
OSC_INLINE int32x4_t osc_tanh_four(int32x4_t x, int fraction)
{
    const int step = fraction - 6;
    const int32x4_t down = vdupq_n_s32(-step);
    const int32x4_t inside = vminq_s32(vabsq_s32(x), vdupq_n_s32((512 << step) - 1));
    const int32x4_t pair = osc_look_up(osc_tanh_table, vshlq_s32(inside, down));
    const int32x4_t low = vshrq_n_s32(vshlq_n_s32(pair, 16), 16);
    const int32x4_t rise = vsubq_s32(vshrq_n_s32(pair, 16), low);
    const int32x4_t part = vmulq_s32(rise, vandq_s32(inside, vdupq_n_s32((1 << step) - 1)));
    const int32x4_t y = vaddq_s32(low, vrshlq_s32(part, down));
    return vbslq_s32(vcltzq_s32(x), vnegq_s32(y), y);
}

/* osc_sigmoid_q15. */
OSC_INLINE int32x4_t osc_sigmoid_four(int32x4_t x, int fraction)
{
    return vshrq_n_s32(vaddq_s32(osc_tanh_four(x, fraction + 1), vdupq_n_s32(32769)), 1);
}

/* a * b in Q15, halves upwards. */
OSC_INLINE int32x4_t osc_times_q15(int32x4_t a, int32x4_t b)
{
    return vrshrq_n_s32(vmulq_s32(a, b), 15);
}

#endif
