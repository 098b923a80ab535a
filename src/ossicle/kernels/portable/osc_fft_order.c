/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_fft_order(const osc_fft_t *config, float *data)
{
    const int n = config->n_fft / 2;
    if (config->swaps == 0) {
        osc_fft_reverse(config, data, 0, n);
        return;
    }
    OSC_ROLLED
    for (int i = 0; i < n; i++) {
        osc_swap_complex(data + 2 * i, data + 2 * config->swaps[i]);
    }
}
