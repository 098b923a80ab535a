/* SPDX-License-Identifier: Apache-2.0 */
/* Halves by the instructions of the FPU, which convert as osc_half_to_f32 and osc_half_from_f32 do. */
#ifndef OSC_HALF_H
#define OSC_HALF_H

#include "osc_math.h"

/* Two halves that lie side by side, at any address of a half. */
static inline void osc_widen_two(const osc_half_t *halves, float *first, float *second)
{
#ifdef __arm__
    float pair;
    __builtin_memcpy(&pair, halves, sizeof pair);
    __asm__("vcvtb.f32.f16 %0, %1" : "=t"(*first) : "t"(pair));
    __asm__("vcvtt.f32.f16 %0, %1" : "=t"(*second) : "t"(pair));
#else
    *first = osc_half_to_f32(halves[0]);
    *second = osc_half_to_f32(halves[1]);
#endif
}

#endif
