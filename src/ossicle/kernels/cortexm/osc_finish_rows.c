#include "osc_rescale.h"

/* x / 2**shift, halves upwards, for a shift of 1 to 31. The last bit that is shifted out, which decides the
 * rounding, is the carry. */
static inline int32_t rounded_shift(int32_t x, int32_t shift)
{
#ifdef __arm__
    int32_t result;
    __asm__("asrs %0, %1, %2\n\tadc %0, %0, #0" : "=r"(result) : "r"(x), "r"(shift) : "cc");
    return result;
#else
    return ((x >> (shift - 1)) + 1) >> 1;
#endif
}

/* What rows rarely need: factors of a half and more, whose shifts are 32 at most, and the limits. */
OSC_LAYER static int32_t rarely(int32_t sum, int32_t multiplier, uint8_t shift, int32_t limit)
{
    return osc_rescale_s32(sum, multiplier, shift, limit);
}

void osc_finish_rows(const int32_t *bias, const int32_t *multiplier, const uint8_t *shift, int n, int32_t limit,
                     int32_t *y)
{
    for (int i = 0; i < n; i++) {
        const int32_t sum = y[i] + bias[i], factor = multiplier[i], places = shift[i];
        int32_t result = limit;
        if (places > 32) {
            result = rounded_shift((int32_t)(((int64_t)sum * factor) >> 32), places - 32);
        }
        if ((result ^ result >> 31) >= limit) {
            result = rarely(sum, factor, (uint8_t)places, limit);
        }
        y[i] = result;
    }
}
