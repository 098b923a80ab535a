/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_clamp_values.h"
#include "osc_math.h"

void osc_clamp_values_s16(int16_t *y, int n, int32_t low, int32_t high)
{
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_clamp_s32(y[i], low, high);
    }
}
