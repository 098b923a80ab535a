/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_functions.h"

void osc_log_power(const float *spectrum, float *logarithm, int bins, float floor)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        const float power = re * re + im * im;
        logarithm[i] = 0.434294482f * osc_log_f32(power > floor ? power : floor);
    }
}
