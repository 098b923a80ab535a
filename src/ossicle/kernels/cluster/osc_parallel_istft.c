/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_parallel.h"

void osc_parallel_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out, int worker)
{
    const int hop = config->hop;
    const int bins = config->fft.n_fft / 4 + 1;
    osc_barrier();
    osc_irfft_join(&config->fft, spectrum, osc_range_begin(bins, worker), osc_range_begin(bins, worker + 1));
    osc_barrier();
    osc_parallel_fft(&config->fft, spectrum, -1.0f, worker);
    osc_istft_add(config, spectrum, overlap, out, osc_range_begin(hop, worker), osc_range_begin(hop, worker + 1));
}
