/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out)
{
    osc_irfft(&config->fft, spectrum);
    osc_istft_add(config, spectrum, overlap, out, 0, config->hop);
}
