/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_magnitude(const float *spectrum, float *magnitude, int bins)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        magnitude[i] = osc_sqrt_f32(re * re + im * im);
    }
}
