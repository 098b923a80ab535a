/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_mixture.h"
#include "osc_math.h"

#define LIMIT 65535

void osc_mixture_s16(const int16_t *x, const int16_t *z, const int16_t *gain, int16_t *y, int16_t *peak, int n,
                     int32_t x_multiplier, uint8_t x_shift, int32_t z_multiplier, uint8_t z_shift,
                     int32_t peak_multiplier, uint8_t peak_shift)
{
    for (int i = 0; i < n; i++) {
        const int32_t sum = osc_rescale_s32(x[i], x_multiplier, x_shift, LIMIT)
                            + osc_rescale_s32(z[i] * gain[i], z_multiplier, z_shift, LIMIT);
        y[i] = (int16_t)osc_clamp_s32(sum, INT16_MIN, INT16_MAX);
        const int32_t newest = osc_rescale_s32(y[i], peak_multiplier, peak_shift, LIMIT);
        const int32_t clamped = osc_clamp_s32(newest, INT16_MIN, INT16_MAX);
        peak[i] = (int16_t)(peak[i] > clamped ? peak[i] : clamped);
    }
}
