/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"
#include "osc_unary.h"

void osc_unary_hard_sigmoid_f32(const float *restrict x, float *restrict y, int n, float alpha)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_clamp_f32(alpha * x[i] + 0.5f, 0.0f, 1.0f);
    }
}
