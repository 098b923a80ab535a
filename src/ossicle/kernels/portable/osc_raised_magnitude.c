/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"

void osc_raised_magnitude(const float *spectrum, float *magnitude, int bins, float power)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        const float square = re * re + im * im;
        magnitude[i] = square > 0.0f ? osc_pow_f32(square, 0.5f * power) : 0.0f;
    }
}
