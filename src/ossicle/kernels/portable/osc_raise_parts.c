/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"

void osc_raise_parts(float *parts, int bins, int step, int apart, float power)
{
    for (int i = 0; i < bins; i++) {
        const float re = parts[i * step];
        const float im = parts[i * step + apart];
        const float square = re * re + im * im;
        const float factor = square > 0.0f ? osc_pow_f32(square, 0.5f * (power - 1.0f)) : 0.0f;
        parts[i * step] = re * factor;
        parts[i * step + apart] = im * factor;
    }
}
