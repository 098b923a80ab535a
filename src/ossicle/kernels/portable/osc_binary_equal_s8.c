/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"

#define RESULT(a, j) (int8_t)((a) * a_multiplier + difference == b[j] * b_multiplier)

void osc_binary_equal_s8(const int8_t *restrict a, const int8_t *restrict b, int8_t *restrict y, int n, int size,
                         int inner, int32_t a_multiplier, int32_t b_multiplier, int32_t difference)
{
    OSC_REPEATED(a, RESULT)
}
