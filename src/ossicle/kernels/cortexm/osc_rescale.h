/* Rescaling in few instructions, with the results of osc_rescale_s32. */
#ifndef OSC_RESCALE_H
#define OSC_RESCALE_H

#include "osc_math.h"

/* x / 2**shift, halves upwards, for a shift of 1 to 31. The last bit that is shifted out, which decides the
 * rounding, is the carry. */
static inline int32_t osc_round_shift(int32_t x, int32_t shift)
{
#ifdef __arm__
    int32_t result;
    __asm__("asrs %0, %1, %2\n\tadc %0, %0, #0" : "=r"(result) : "r"(x), "r"(shift) : "cc");
    return result;
#else
    return ((x >> (shift - 1)) + 1) >> 1;
#endif
}

/* value * multiplier / 2**shift, rounded and limited. Factors of a half and more are rare. */
static inline int32_t osc_rescale_fast(int32_t value, int32_t multiplier, uint8_t shift, int32_t limit)
{
    const int32_t upper_shift = (int32_t)shift - 32;
    if (upper_shift <= 0) {
        return osc_rescale_s32(value, multiplier, shift, limit);
    }
    const int32_t upper = (int32_t)(((int64_t)value * multiplier) >> 32);
    const int32_t result = osc_round_shift(upper, upper_shift);
    if ((uint32_t)result + (uint32_t)limit > 2u * (uint32_t)limit) {
        return result < 0 ? -limit : limit;
    }
    return result;
}

#endif
