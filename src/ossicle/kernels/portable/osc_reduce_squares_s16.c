/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_reduce.h"

/* A square may be 2**30, so that a sum of 2**15 of them, times a multiplier of at most 2**16, is an int64. */
void osc_reduce_squares_s16(const int16_t *restrict x, int16_t *restrict y, int outer, int count, int inner,
                            int32_t multiplier, uint8_t shift, int32_t x_zero_point, int32_t zero_point)
{
    for (int o = 0; o < outer; o++, x += count * inner, y += inner) {
        for (int i = 0; i < inner; i++) {
            int64_t sum = 0;
            for (int c = 0; c < count; c++) {
                const int32_t value = x[c * inner + i] - x_zero_point;
                sum += (int64_t)value * value;
            }
            const int64_t result = ((sum * multiplier >> (shift - 1)) + 1) >> 1;
            y[i] = (int16_t)osc_clamp_s32((result > 65535 ? 65535 : (int32_t)result) + zero_point, INT16_MIN, INT16_MAX);
        }
    }
}
