/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_softmax_f32(const float *x, float *y, int n)
{
    float largest = x[0], sum = 0.0f;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int i = 0; i < n; i++) {
        y[i] = osc_exp_f32(x[i] - largest);
        sum += y[i];
    }
    for (int i = 0; i < n; i++) {
        y[i] /= sum;
    }
}
