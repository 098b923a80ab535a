/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_convert_f16_f32(const osc_half_t *restrict x, float *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_widen(x[i]);
    }
}
