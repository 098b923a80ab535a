/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

void osc_unary_leaky_relu_f32(const float *restrict x, float *restrict y, int n, float alpha)
{
    for (int i = 0; i < n; i++) {
        const float product = alpha * x[i];
        y[i] = x[i] > 0.0f ? x[i] : product;
    }
}
