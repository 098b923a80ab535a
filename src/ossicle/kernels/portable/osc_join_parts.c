/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_join_parts(const float *parts, float *spectrum, int bins, int step, int apart)
{
    for (int i = 0; i < bins; i++) {
        spectrum[2 * i] = parts[i * step];
        spectrum[2 * i + 1] = parts[i * step + apart];
    }
}
