/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_reduce.h"

void osc_reduce_min_s16(const int16_t *restrict x, int16_t *restrict y, int outer, int count, int inner,
                        int32_t multiplier, uint8_t shift, int32_t x_zero_point, int32_t zero_point)
{
    for (int o = 0; o < outer; o++, x += count * inner, y += inner) {
        for (int i = 0; i < inner; i++) {
            int32_t extreme = x[i];
            for (int c = 1; c < count; c++) {
                const int32_t value = x[c * inner + i];
                extreme = value < extreme ? value : extreme;
            }
            const int32_t result = osc_rescale_s32(extreme - x_zero_point, multiplier, shift, 65535);
            y[i] = (int16_t)osc_clamp_s32(result + zero_point, INT16_MIN, INT16_MAX);
        }
    }
}
