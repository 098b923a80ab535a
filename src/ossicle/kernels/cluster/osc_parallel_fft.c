/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_parallel.h"

/* One worker alone makes an order that is not one of mirrored bits. */
static void order(const osc_fft_t *config, float *data, int n, int worker)
{
    if (config->swaps == 0) {
        osc_fft_reverse(config, data, osc_range_begin(n, worker), osc_range_begin(n, worker + 1));
    } else if (worker == 0) {
        osc_fft_order(config, data);
    }
    osc_barrier();
}

void osc_parallel_fft(const osc_fft_t *config, float *data, float sign, int worker)
{
    const int n = config->n_fft / 2;
    const int even = osc_fft_even(n);
    const int first = osc_fft_first(even);
    order(config, data, n, worker);
    if (first == 2) {
        osc_fft_pairs(data, osc_range_begin(n / 2, worker), osc_range_begin(n / 2, worker + 1));
        osc_barrier();
    }
    for (int half = first; half < even; half *= 4) {
        osc_fft_pass(config, data, sign, half, osc_range_begin(n / 4, worker), osc_range_begin(n / 4, worker + 1));
        osc_barrier();
    }
    int size = even;
    for (; n / size % 3 == 0; size *= 3) {
        osc_fft_threes(config, data, sign, size, osc_range_begin(n / 3, worker), osc_range_begin(n / 3, worker + 1));
        osc_barrier();
    }
    for (; size < n; size *= 5) {
        osc_fft_fives(config, data, sign, size, osc_range_begin(n / 5, worker), osc_range_begin(n / 5, worker + 1));
        osc_barrier();
    }
}
