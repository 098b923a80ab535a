/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* The even samples are taken as real and the odd ones as imaginary parts of one transform of half the
 * length, whose symmetric and antisymmetric parts are then separated and joined. */
void osc_rfft(const osc_fft_t *config, float *data)
{
    osc_fft(config, data, 1.0f);
    osc_rfft_split(config, data, 0, config->n_fft / 4 + 1);
}
