/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_s16_f32(const int16_t *x, float *y, int n, float scale)
{
    for (int i = 0; i < n; i++) {
        y[i] = (float)x[i] * scale;
    }
}
