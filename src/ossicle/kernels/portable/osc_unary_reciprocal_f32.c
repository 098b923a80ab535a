/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

void osc_unary_reciprocal_f32(const float *restrict x, float *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = 1.0f / x[i];
    }
}
