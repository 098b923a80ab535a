/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_select.h"

void osc_select_f32(const float *c, const float *a, const float *b, float *restrict y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = c[i] != 0.0f ? a[i] : b[i];
    }
}
