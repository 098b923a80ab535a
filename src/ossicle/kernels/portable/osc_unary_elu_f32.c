/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"
#include "osc_unary.h"

void osc_unary_elu_f32(const float *restrict x, float *restrict y, int n, float alpha)
{
    for (int i = 0; i < n; i++) {
        y[i] = x[i] > 0.0f ? x[i] : alpha * osc_expm1_f32(x[i]);
    }
}
