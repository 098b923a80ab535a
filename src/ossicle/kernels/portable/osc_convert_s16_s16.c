/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_s16_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift)
{
    for (int i = 0; i < n; i++) {
        const int32_t steps = osc_rescale_s32(x[i], multiplier, (uint8_t)shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(steps, INT16_MIN, INT16_MAX);
    }
}
