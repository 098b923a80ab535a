/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_convert_f32_f16(const float *restrict x, osc_half_t *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_narrow(x[i]);
    }
}
