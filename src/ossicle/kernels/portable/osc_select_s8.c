/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_select.h"

void osc_select_s8(const int8_t *c, const int8_t *a, const int8_t *b, int8_t *restrict y, int n,
                   int32_t a_multiplier, int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift,
                   int32_t c_zero_point, int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        const int32_t of_a = a[i] * a_multiplier + a_offset, of_b = b[i] * b_multiplier + b_offset;
        const int32_t chosen = (c[i] != c_zero_point ? of_a : of_b) >> shift;
        y[i] = (int8_t)osc_clamp_s32(chosen + zero_point, INT8_MIN, INT8_MAX);
    }
}
