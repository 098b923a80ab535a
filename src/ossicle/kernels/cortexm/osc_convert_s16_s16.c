/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* A code in the upper half of a word needs only the upper word of its product. */
void osc_convert_s16_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift)
{
    const int32_t places = shift - 16;
    int i = 0;
    if (places > 0 && places < 32) {
        const int32_t half = 1 << (places - 1);
        for (; i + 4 <= n; i += 4) {
            int32_t code[4];
            for (int j = 0; j < 4; j++) {
                code[j] = (half + (int32_t)(((int64_t)(x[i + j] * 65536) * multiplier) >> 32)) >> places;
            }
            for (int j = 0; j < 4; j++) {
                y[i + j] = (int16_t)OSC_SSAT(code[j], 16);
            }
        }
    }
    for (; i < n; i++) {
        const int32_t steps = osc_rescale_s32(x[i], multiplier, (uint8_t)shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(steps, INT16_MIN, INT16_MAX);
    }
}
