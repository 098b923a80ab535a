/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_codes.h"

/* Four at a time, so that no conversion is waited for. */
void osc_convert_f32_s16(const float *x, int16_t *y, int n, float inverse_scale)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        int32_t code[4];
        for (int j = 0; j < 4; j++) {
            code[j] = osc_nearest(x[i + j] * inverse_scale);
        }
        for (int j = 0; j < 4; j++) {
            y[i + j] = (int16_t)OSC_SSAT(code[j], 16);
        }
    }
    for (; i < n; i++) {
        y[i] = (int16_t)OSC_SSAT(osc_nearest(x[i] * inverse_scale), 16);
    }
}
