/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    const osc_requantize_t f = *requantization;
    for (int i = 0; i < n; i++) {
        const int32_t code = osc_clamp_s32(osc_rescale_row(&f, sums, i) + zero_point, INT8_MIN, INT8_MAX);
        y[i] = (int8_t)(code < low ? low : code);
    }
}
