/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_power(const float *spectrum, float *power, int bins)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        power[i] = re * re + im * im;
    }
}
