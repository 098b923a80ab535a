/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"
#include "osc_unary.h"

void osc_unary_round_f32(const float *restrict x, float *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_nearest_f32(x[i]);
    }
}
