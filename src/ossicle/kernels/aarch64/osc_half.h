/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions of finite halves by the processor, which compilers do four at a time: exact, or to nearest, halves to even. */
#ifndef OSC_HALF_H
#define OSC_HALF_H

#include "osc_neon.h"

OSC_INLINE float osc_widen(osc_half_t half)
{
    __fp16 value;
    __builtin_memcpy(&value, &half, sizeof value);
    return (float)value;
}

/* Saturated to the largest finite half. */
OSC_INLINE osc_half_t osc_narrow(float x)
{
    const __fp16 value = (__fp16)osc_clamp_f32(x, -65504.0f, 65504.0f);
    osc_half_t half;
    __builtin_memcpy(&half, &value, sizeof half);
    return half;
}

#endif
