/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Four at a time, so that no conversion is waited for. */
void osc_convert_s16_f32(const int16_t *x, float *y, int n, float scale)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        float value[4];
        for (int j = 0; j < 4; j++) {
            value[j] = (float)x[i + j] * scale;
        }
        for (int j = 0; j < 4; j++) {
            y[i + j] = value[j];
        }
    }
    for (; i < n; i++) {
        y[i] = (float)x[i] * scale;
    }
}
