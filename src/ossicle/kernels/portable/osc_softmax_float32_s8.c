/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_softmax_float32_s8(const int8_t *x, int8_t *y, int n, const float *powers, float scale, int32_t zero_point)
{
    int32_t most = x[0];
    float sum = 0.0f;
    for (int i = 1; i < n; i++) {
        most = x[i] > most ? x[i] : most;
    }
    for (int i = 0; i < n; i++) {
        sum += powers[most - x[i]];
    }
    const float steps = 1.0f / (sum * scale);
    for (int i = 0; i < n; i++) {
        const float share = osc_clamp_f32(powers[most - x[i]] * steps, 0.0f, 512.0f);
        const int32_t whole = (int32_t)share;
        const int32_t result = share - (float)whole >= 0.5f ? whole + 1 : whole;
        y[i] = (int8_t)osc_clamp_s32(result + zero_point, INT8_MIN, INT8_MAX);
    }
}
