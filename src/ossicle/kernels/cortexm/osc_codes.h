/* SPDX-License-Identifier: Apache-2.0 */
/* Floats to codes and back on Cortex-M. */
#ifndef OSC_CODES_H
#define OSC_CODES_H

#include "osc_rescale.h"

/* To the nearest integer, halves to even. The instruction rounds as the FPU is set after a reset, and saturates; of a
 * NaN, which no network has, it makes zero. */
static inline int32_t osc_nearest(float x)
{
#if defined(__arm__) && defined(__ARM_FP)
    float bits;
    int32_t integer;
    __asm__("vcvtr.s32.f32 %0, %1" : "=t"(bits) : "t"(x));
    __builtin_memcpy(&integer, &bits, sizeof integer);
    return integer;
#else
    return (int32_t)osc_round_f32(osc_clamp_f32(x, -65536.0f, 65536.0f));
#endif
}

#endif
