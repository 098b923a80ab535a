/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_reduce.h"

void osc_reduce_sum_twice_s16(const int16_t *restrict x, int16_t *restrict y, int outer, int count, int inner,
                       int32_t multiplier, uint8_t shift, int32_t x_zero_point, int32_t zero_point)
{
    for (int o = 0; o < outer; o++, x += count * inner, y += inner) {
        for (int i = 0; i < inner; i++) {
            int32_t sum = 0;
            for (int c = 0; c < count; c++) {
                sum += x[c * inner + i];
            }
            const int32_t result = osc_rescale_twice(sum - count * x_zero_point, multiplier, shift);
            y[i] = (int16_t)osc_clamp_s32(osc_clamp_s32(result, -65535, 65535) + zero_point, INT16_MIN, INT16_MAX);
        }
    }
}
