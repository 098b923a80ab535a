/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_apply_mask(float *spectrum, const float *mask, int bins)
{
    for (int i = 0; i < bins; i++) {
        spectrum[2 * i] *= mask[i];
        spectrum[2 * i + 1] *= mask[i];
    }
}
