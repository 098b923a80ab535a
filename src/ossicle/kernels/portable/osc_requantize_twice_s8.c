/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_requantize_twice_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                             int32_t low, int8_t *y)
{
    const osc_requantize_t f = *requantization;
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_twice(sums[i] + f.bias[i], f.multiplier[i], f.shift[i]);
        y[i] = (int8_t)osc_clamp_s32(osc_clamp_s32(result, -512, 512) + zero_point, low, INT8_MAX);
    }
}
