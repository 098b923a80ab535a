/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_convert_s8_f32(const int8_t *x, float *y, int n, float scale, int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        y[i] = (float)(x[i] - zero_point) * scale;
    }
}
