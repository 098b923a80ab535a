/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum)
{
    osc_stft_frame(config, history, in, spectrum, 0, config->hop);
    osc_rfft(&config->fft, spectrum);
}
