/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_s8_s8(const int8_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t x_zero_point,
                       int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        const int32_t steps = osc_rescale_s32(x[i] - x_zero_point, multiplier, (uint8_t)shift, 255);
        y[i] = (int8_t)osc_clamp_s32(steps + zero_point, INT8_MIN, INT8_MAX);
    }
}
