/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Cosines and sines of one and of two fifths of a turn. */
#define COS_1 0.309016994f
#define COS_2 (-0.809016994f)
#define SIN_1 0.951056516f
#define SIN_2 0.587785252f

/* One butterfly. `factors` are those of its second to its fifth value, which lie `step` floats apart. Sums and
 * differences of values on both sides of the first one share their cosines and sines. */
static void five(float *data, int step, const float factors[4][2], float sign)
{
    float x[4][2];
    for (int i = 0; i < 4; i++) {
        const float *const value = data + (i + 1) * step;
        x[i][0] = value[0] * factors[i][0] - value[1] * factors[i][1];
        x[i][1] = value[0] * factors[i][1] + value[1] * factors[i][0];
    }
    float near[2], far[2], near_turned[2], far_turned[2];
    for (int part = 0; part < 2; part++) {
        const float near_sum = x[0][part] + x[3][part];
        const float far_sum = x[1][part] + x[2][part];
        const float near_rest = sign * (x[0][part] - x[3][part]);
        const float far_rest = sign * (x[1][part] - x[2][part]);
        near[part] = data[part] + (COS_1 * near_sum + COS_2 * far_sum);
        far[part] = data[part] + (COS_2 * near_sum + COS_1 * far_sum);
        near_turned[part] = SIN_1 * near_rest + SIN_2 * far_rest;
        far_turned[part] = SIN_2 * near_rest - SIN_1 * far_rest;
        data[part] += near_sum + far_sum;
    }
    data[step] = near[0] + near_turned[1];
    data[step + 1] = near[1] - near_turned[0];
    data[2 * step] = far[0] + far_turned[1];
    data[2 * step + 1] = far[1] - far_turned[0];
    data[3 * step] = far[0] - far_turned[1];
    data[3 * step + 1] = far[1] + far_turned[0];
    data[4 * step] = near[0] - near_turned[1];
    data[4 * step + 1] = near[1] + near_turned[0];
}

void osc_fft_fives(const osc_fft_t *config, float *data, float sign, int size, int begin, int end)
{
    const int groups = config->n_fft / 2 / (5 * size);
    for (int k = begin / groups; k * groups < end; k++) {
        const int from = k * groups < begin ? begin - k * groups : 0;
        const int to = (k + 1) * groups > end ? end - k * groups : groups;
        float factors[4][2];
        OSC_ROLLED
        for (int i = 0; i < 4; i++) {
            osc_fft_factor(config, 2 * (i + 1) * k * groups, sign, factors[i]);
        }
        for (int group = from; group < to; group++) {
            five(data + 2 * k + 10 * size * group, 2 * size, (const float(*)[2])factors, sign);
        }
    }
}
