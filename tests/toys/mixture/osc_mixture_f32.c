/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_mixture.h"

void osc_mixture_f32(const float *x, const float *z, const float *gain, float *y, float *peak, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = x[i] + gain[i] * z[i];
        peak[i] = peak[i] > y[i] ? peak[i] : y[i];
    }
}
