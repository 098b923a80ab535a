/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_convert_f16_f32(const osc_half_t *x, float *y, int n)
{
    int i = 0;
    for (; i + 2 <= n; i += 2) {
        osc_widen_two(x + i, &y[i], &y[i + 1]);
    }
    if (i < n) {
        y[i] = osc_half_to_f32(x[i]);
    }
}
