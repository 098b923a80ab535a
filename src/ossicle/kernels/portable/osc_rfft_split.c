/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_rfft_split(const osc_fft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    if (begin == 0 && end > 0) {
        const float first = data[0];
        data[0] = first + data[1];
        data[2 * n] = first - data[1];
        data[1] = 0.0f;
        data[2 * n + 1] = 0.0f;
    }
    OSC_ROLLED
    for (int k = begin > 0 ? begin : 1; k < end; k++) {
        float *const a = data + 2 * k;
        float *const b = data + 2 * (n - k);
        const float cosine = config->twiddle[2 * k];
        const float sine = config->twiddle[2 * k + 1];
        const float even_re = 0.5f * (a[0] + b[0]);
        const float even_im = 0.5f * (a[1] - b[1]);
        const float odd_re = 0.5f * (a[1] + b[1]);
        const float odd_im = 0.5f * (b[0] - a[0]);
        const float turned_re = odd_re * cosine - odd_im * sine;
        const float turned_im = odd_re * sine + odd_im * cosine;
        a[0] = even_re + turned_re;
        a[1] = even_im + turned_im;
        b[0] = even_re - turned_re;
        b[1] = turned_im - even_im;
    }
}
