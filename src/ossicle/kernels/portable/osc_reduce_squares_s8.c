/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_reduce.h"

void osc_reduce_squares_s8(const int8_t *restrict x, int8_t *restrict y, int outer, int count, int inner,
                           int32_t multiplier, uint8_t shift, int32_t x_zero_point, int32_t zero_point)
{
    for (int o = 0; o < outer; o++, x += count * inner, y += inner) {
        for (int i = 0; i < inner; i++) {
            int32_t sum = 0;
            for (int c = 0; c < count; c++) {
                const int32_t value = x[c * inner + i] - x_zero_point;
                sum += value * value;
            }
            const int32_t result = osc_rescale_s32(sum, multiplier, shift, 65535);
            y[i] = (int8_t)osc_clamp_s32(result + zero_point, INT8_MIN, INT8_MAX);
        }
    }
}
