/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_fft_odd(const osc_fft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2;
    int size = osc_fft_even(n);
    for (; n / size % 3 == 0; size *= 3) {
        osc_fft_threes(config, data, sign, size, 0, n / 3);
    }
    for (; size < n; size *= 5) {
        osc_fft_fives(config, data, sign, size, 0, n / 5);
    }
}
