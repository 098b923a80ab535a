/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_activate_f16(const float *restrict sums, int n, osc_activation_t activation, osc_half_t *restrict y)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_narrow(osc_activate_f32(sums[i], activation));
    }
}
