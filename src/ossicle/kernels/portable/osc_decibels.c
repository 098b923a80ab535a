/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_decibels(float *values, int n)
{
    for (int i = 0; i < n; i++) {
        values[i] = osc_decibels_f32(values[i]);
    }
}
