/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_f16_f32(const osc_half_t *x, float *y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_half_to_f32(x[i]);
    }
}
