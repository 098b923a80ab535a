/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Decimation in time (Cooley and Tukey 1965): of radix 2, two stages at once, then of radix 3 and of radix 5. */
void osc_fft(const osc_fft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2;
    const int even = osc_fft_even(n);
    const int first = osc_fft_first(even);
    osc_fft_order(config, data);
    if (first == 2) {
        osc_fft_pairs(data, 0, n / 2);
    }
    for (int half = first; half < even; half *= 4) {
        osc_fft_pass(config, data, sign, half, 0, n / 4);
    }
    if (config->odd != 0) {
        config->odd(config, data, sign);
    }
}
