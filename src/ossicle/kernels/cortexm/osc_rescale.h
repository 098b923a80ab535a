/* SPDX-License-Identifier: Apache-2.0 */
/* Rescaling on Cortex-M, with the results of osc_rescale_s32. */
#ifndef OSC_RESCALE_H
#define OSC_RESCALE_H

#include "osc_math.h"

/* x / 2**shift, halves upwards, for a shift of 1 to 31. The last bit that is shifted out, which decides the
 * rounding, is the carry. */
static inline int32_t osc_rounded_shift(int32_t x, int32_t shift)
{
#ifdef __arm__
    int32_t result;
    __asm__("asrs %0, %1, %2\n\tadc %0, %0, #0" : "=r"(result) : "r"(x), "r"(shift) : "cc");
    return result;
#else
    return ((x >> (shift - 1)) + 1) >> 1;
#endif
}

/* Factors of a half and more, which are rare. */
OSC_LAYER static int32_t osc_rescale_large(int32_t sum, int32_t multiplier, int32_t shift)
{
    return osc_rescale_s32(sum, multiplier, (uint8_t)shift, 65535);
}

/* (sum + bias) * multiplier / 2**shift of row i, exact where it is within 16 bits and their sign; beyond that of
 * at least that magnitude. */
static inline int32_t osc_rescale_row(const osc_requantize_t *requantization, const int32_t *sums, int i)
{
    const int32_t sum = sums[i] + requantization->bias[i], multiplier = requantization->multiplier[i];
    const int32_t places = requantization->shift[i] - 32;
    if (places <= 0) {
        return osc_rescale_large(sum, multiplier, places + 32);
    }
    return osc_rounded_shift((int32_t)(((int64_t)sum * multiplier) >> 32), places);
}

#ifdef __ARM_FEATURE_DSP
/* Those of arm_acle.h, which convert without a cast where GCC warns of it. */
#define OSC_SSAT(x, bits) ((int32_t)__builtin_arm_ssat((x), (bits)))
#define OSC_USAT(x, bits) ((int32_t)__builtin_arm_usat((x), (bits)))
#else
#define OSC_SSAT(x, bits) osc_clamp_s32((x), -(1 << ((bits)-1)), (1 << ((bits)-1)) - 1)
#define OSC_USAT(x, bits) osc_clamp_s32((x), 0, (1 << (bits)) - 1)
#endif

OSC_STATIC_ASSERT(OSC_GATE_LIMIT == (1 << 16) - 1, osc_gate_limit_has_17_bits);

/* Limited to -OSC_GATE_LIMIT ... OSC_GATE_LIMIT, by an instruction that saturates with sign and one that does without. */
static inline int32_t osc_gate_limit(int32_t x)
{
    return OSC_USAT(OSC_SSAT(x, 17) + OSC_GATE_LIMIT, 17) - OSC_GATE_LIMIT;
}

#endif
