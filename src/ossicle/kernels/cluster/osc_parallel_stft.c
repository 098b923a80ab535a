/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_parallel.h"

void osc_parallel_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum, int worker)
{
    const int hop = config->hop;
    const int bins = config->fft.n_fft / 4 + 1;
    osc_stft_frame(config, history, in, spectrum, osc_range_begin(hop, worker), osc_range_begin(hop, worker + 1));
    osc_barrier();
    osc_parallel_fft(&config->fft, spectrum, 1.0f, worker);
    osc_rfft_split(&config->fft, spectrum, osc_range_begin(bins, worker), osc_range_begin(bins, worker + 1));
    osc_barrier();
}
