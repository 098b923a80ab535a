/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_math.h"

#define SUM(a, j) ((a) * a_multiplier + b[j] * b_multiplier + offset)
#define RESULT(a, j) (int16_t)osc_clamp_s32((SUM(a, j) >> shift) + zero_point, INT16_MIN, INT16_MAX)

void osc_binary_add_s16(const int16_t *restrict a, const int16_t *restrict b, int16_t *restrict y, int n,
                        int size, int inner, int32_t a_multiplier, int32_t b_multiplier, int32_t offset,
                        int shift, int32_t zero_point)
{
    OSC_REPEATED(a, RESULT)
}
