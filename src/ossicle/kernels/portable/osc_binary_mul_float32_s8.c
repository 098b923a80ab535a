/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_math.h"

#define PRODUCT(a, j) osc_rescale_float32(((a) - a_zero_point) * (b[j] - b_zero_point), multiplier, shift, 65535)
#define RESULT(a, j) (int8_t)osc_clamp_s32(PRODUCT(a, j) + zero_point, INT8_MIN, INT8_MAX)

void osc_binary_mul_float32_s8(const int8_t *restrict a, const int8_t *restrict b, int8_t *restrict y, int n, int size,
                       int inner, int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                       int32_t zero_point)
{
    OSC_REPEATED(a, RESULT)
}
