/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_apply_mask_above(float *spectrum, const float *mask, int bins, float floor)
{
    for (int i = 0; i < bins; i++) {
        const float factor = mask[i] > floor ? mask[i] : floor;
        spectrum[2 * i] *= factor;
        spectrum[2 * i + 1] *= factor;
    }
}
