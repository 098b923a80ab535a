/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_math.h"

#define FIRST(a) osc_rescale_twice(((a) - a_zero_point) * (1 << 15), a_multiplier, a_shift)
#define SECOND(j) osc_rescale_twice((b[j] - b_zero_point) * (1 << 15), b_multiplier, b_shift)
#define SUM(a, j) osc_rescale_twice(FIRST(a) + sign * SECOND(j), multiplier, shift)
#define RESULT(a, j) (int16_t)osc_clamp_s32(osc_clamp_s32(SUM(a, j), -65535, 65535) + zero_point, INT16_MIN, INT16_MAX)

void osc_binary_add_twice_s16(const int16_t *restrict a, const int16_t *restrict b, int16_t *restrict y, int n, int size,
                              int inner, int32_t a_zero_point, int32_t b_zero_point, int32_t a_multiplier,
                              uint8_t a_shift, int32_t b_multiplier, uint8_t b_shift, int32_t sign,
                              int32_t multiplier, uint8_t shift, int32_t zero_point)
{
    OSC_REPEATED(a, RESULT)
}
