/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_requantize_float32_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low,
                                int16_t *y)
{
    const osc_requantize_t f = *requantization;
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_float32(sums[i] + f.bias[i], f.multiplier[i], f.shift[i], 65536);
        y[i] = (int16_t)osc_clamp_s32(result, low, INT16_MAX);
    }
}
