/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* The steps of osc_rfft, undone in reverse order, and the scale of the inverse. */
void osc_irfft(const osc_fft_t *config, float *data)
{
    osc_irfft_join(config, data, 0, config->n_fft / 4 + 1);
    osc_fft(config, data, -1.0f);
}
