/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_split_parts(const float *spectrum, float *parts, int bins, int step, int apart)
{
    for (int i = 0; i < bins; i++) {
        parts[i * step] = spectrum[2 * i];
        parts[i * step + apart] = spectrum[2 * i + 1];
    }
}
