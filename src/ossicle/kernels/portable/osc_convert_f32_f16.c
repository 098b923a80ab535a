/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_f32_f16(const float *x, osc_half_t *y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_half_from_f32(x[i]);
    }
}
