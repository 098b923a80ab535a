/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_fft_reverse(const osc_fft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    int reversed = 0;
    for (int bit = 1, mirror = n >> 1; bit < n; bit <<= 1, mirror >>= 1) {
        reversed |= (begin & bit) != 0 ? mirror : 0;
    }
    for (int i = begin; i < end; i++) {
        if (i < reversed) {
            osc_swap_complex(data + 2 * i, data + 2 * reversed);
        }
        int bit = n >> 1;
        for (; (reversed & bit) != 0; bit >>= 1) {
            reversed ^= bit;
        }
        reversed |= bit;
    }
}
