/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_clamp_values.h"
#include "osc_math.h"

void osc_clamp_values_f32(float *y, int n, float low, float high)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_clamp_f32(y[i], low, high);
    }
}
