/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_s8_s16(const int8_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift, int32_t x_zero_point)
{
    for (int i = 0; i < n; i++) {
        const int32_t steps = osc_rescale_s32(x[i] - x_zero_point, multiplier, (uint8_t)shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(steps, INT16_MIN, INT16_MAX);
    }
}
