/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_f32_s8(const float *x, int8_t *y, int n, float inverse_scale, int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        const float code = osc_round_f32(osc_clamp_f32(x[i] * inverse_scale, -65536.0f, 65536.0f));
        y[i] = (int8_t)osc_clamp_s32((int32_t)code + zero_point, -128, 127);
    }
}
