/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_apply_complex_mask(float *spectrum, const float *mask, int bins, int step, int apart)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        const float mask_re = mask[i * step];
        const float mask_im = mask[i * step + apart];
        spectrum[2 * i] = re * mask_re - im * mask_im;
        spectrum[2 * i + 1] = re * mask_im + im * mask_re;
    }
}
