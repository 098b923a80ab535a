/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

static void swap_complex(float *a, float *b)
{
    for (int part = 0; part < 2; part++) {
        const float kept = a[part];
        a[part] = b[part];
        b[part] = kept;
    }
}

void osc_fft_reverse(const osc_stft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    int reversed = 0;
    for (int bit = 1, mirror = n >> 1; bit < n; bit <<= 1, mirror >>= 1) {
        reversed |= (begin & bit) != 0 ? mirror : 0;
    }
    for (int i = begin; i < end; i++) {
        if (i < reversed) {
            swap_complex(data + 2 * i, data + 2 * reversed);
        }
        int bit = n >> 1;
        for (; (reversed & bit) != 0; bit >>= 1) {
            reversed ^= bit;
        }
        reversed |= bit;
    }
}
