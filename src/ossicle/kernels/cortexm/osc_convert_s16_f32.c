/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Four at a time, so that no conversion is waited for; named, for GCC keeps an array of them in memory. */
void osc_convert_s16_f32(const int16_t *x, float *y, int n, float scale)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        const float a = (float)x[i] * scale, b = (float)x[i + 1] * scale;
        const float c = (float)x[i + 2] * scale, d = (float)x[i + 3] * scale;
        y[i] = a;
        y[i + 1] = b;
        y[i + 2] = c;
        y[i + 3] = d;
    }
    for (; i < n; i++) {
        y[i] = (float)x[i] * scale;
    }
}
