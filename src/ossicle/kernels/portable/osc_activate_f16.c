/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_activate_f16(const float *sums, int n, osc_activation_t activation, osc_half_t *y)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_half_from_f32(osc_activate_f32(sums[i], activation));
    }
}
