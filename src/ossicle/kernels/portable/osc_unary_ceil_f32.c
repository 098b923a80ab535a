/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"
#include "osc_unary.h"

void osc_unary_ceil_f32(const float *restrict x, float *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        const float whole = osc_nearest_f32(x[i]);
        y[i] = whole < x[i] ? whole + 1.0f : whole;
    }
}
