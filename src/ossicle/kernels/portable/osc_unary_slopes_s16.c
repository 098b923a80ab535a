/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_unary.h"

void osc_unary_slopes_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t positive,
                          int32_t negative, int32_t offset, int shift, int32_t low, int32_t high)
{
    for (int i = 0; i < n; i++) {
        const int32_t code = (x[i] * (x[i] < 0 ? negative : positive) + offset) >> shift;
        y[i] = (int16_t)osc_clamp_s32(code, low, high);
    }
}
