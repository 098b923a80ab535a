/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_math.h"

#define SUM(a, j) ((a) * a_multiplier + b[j] * b_multiplier + offset)
#define RESULT(a, j) (int8_t)osc_clamp_s32((SUM(a, j) >> shift) + zero_point, INT8_MIN, INT8_MAX)

void osc_binary_add_s8(const int8_t *restrict a, const int8_t *restrict b, int8_t *restrict y, int n, int size,
                       int inner, int32_t a_multiplier, int32_t b_multiplier, int32_t offset, int shift,
                       int32_t zero_point)
{
    OSC_REPEATED(a, RESULT)
}
