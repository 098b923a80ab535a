/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_parallel.h"

void osc_parallel_fft(const osc_stft_t *config, float *data, float sign, int worker)
{
    const int n = config->n_fft / 2;
    const int first = osc_fft_first(n);
    osc_fft_reverse(config, data, osc_range_begin(n, worker), osc_range_begin(n, worker + 1));
    osc_barrier();
    if (first == 2) {
        osc_fft_pairs(data, osc_range_begin(n / 2, worker), osc_range_begin(n / 2, worker + 1));
        osc_barrier();
    }
    for (int half = first; half < n; half *= 4) {
        osc_fft_pass(config, data, sign, half, osc_range_begin(n / 4, worker), osc_range_begin(n / 4, worker + 1));
        osc_barrier();
    }
}
