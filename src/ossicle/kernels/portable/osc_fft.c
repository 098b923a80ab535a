/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Radix 2, decimation in time (Cooley and Tukey 1965), two stages at once. */
void osc_fft(const osc_stft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2;
    const int first = osc_fft_first(n);
    osc_fft_reverse(config, data, 0, n);
    if (first == 2) {
        osc_fft_pairs(data, 0, n / 2);
    }
    for (int half = first; half < n; half *= 4) {
        osc_fft_pass(config, data, sign, half, 0, n / 4);
    }
}
