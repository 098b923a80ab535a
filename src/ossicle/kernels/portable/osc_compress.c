/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_compress(const float *spectrum, float level, float *compressed, int bins)
{
    const float scale = 1.0f / (level > OSC_LEVEL_FLOOR ? level : OSC_LEVEL_FLOOR);
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        compressed[i] = osc_sqrt_f32(osc_sqrt_f32(osc_sqrt_f32((re * re + im * im) * scale)));
    }
}
