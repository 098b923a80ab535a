/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_normalize.h"
#include "osc_reduce.h"

static float sum_of_squares(const float *x, int n)
{
    float lane[OSC_SUMS] = {0};
    const int whole = n - n % OSC_SUMS;
    for (int i = 0; i < whole; i += OSC_SUMS) {
        for (int l = 0; l < OSC_SUMS; l++) {
            lane[l] += x[i + l] * x[i + l];
        }
    }
    for (int i = whole; i < n; i++) {
        lane[i - whole] += x[i] * x[i];
    }
    return osc_sum_f32(lane, OSC_SUMS);
}

void osc_normalize_f32(const float *restrict x, float *restrict y, int outer, int count, float epsilon,
                       const float *scale, const float *offset)
{
    const float share = 1.0f / (float)count;
    for (int o = 0; o < outer; o++, x += count, y += count) {
        const float mean = osc_sum_f32(x, count) * share;
        for (int i = 0; i < count; i++) {
            y[i] = x[i] - mean;
        }
        const float gain = 1.0f / osc_sqrt_f32(sum_of_squares(y, count) * share + epsilon);
        for (int i = 0; i < count; i++) {
            y[i] = y[i] * gain * scale[i] + offset[i];
        }
    }
}
