/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* Limits that are constants make the clamp one instruction. */
void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    const osc_requantize_t f = *requantization;
    if (low == 0) {
        for (int i = 0; i < n; i++) {
            y[i] = (int16_t)osc_clamp_s32(osc_rescale_row(&f, sums, i), 0, INT16_MAX);
        }
    } else {
        for (int i = 0; i < n; i++) {
            y[i] = (int16_t)osc_clamp_s32(osc_rescale_row(&f, sums, i), INT16_MIN, INT16_MAX);
        }
    }
}
