/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_irfft_join(const osc_fft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    const float scale = 1.0f / (float)n;
    if (begin == 0 && end > 0) {
        const float first = data[0];
        data[0] = 0.5f * scale * (first + data[2 * n]);
        data[1] = 0.5f * scale * (first - data[2 * n]);
    }
    OSC_ROLLED
    for (int k = begin > 0 ? begin : 1; k < end; k++) {
        float *const a = data + 2 * k;
        float *const b = data + 2 * (n - k);
        const float cosine = config->twiddle[2 * k];
        const float sine = config->twiddle[2 * k + 1];
        const float even_re = 0.5f * scale * (a[0] + b[0]);
        const float even_im = 0.5f * scale * (a[1] - b[1]);
        const float turned_re = 0.5f * scale * (a[0] - b[0]);
        const float turned_im = 0.5f * scale * (a[1] + b[1]);
        const float odd_re = turned_re * cosine + turned_im * sine;
        const float odd_im = turned_im * cosine - turned_re * sine;
        a[0] = even_re - odd_im;
        a[1] = even_im + odd_re;
        b[0] = even_re + odd_im;
        b[1] = odd_re - even_im;
    }
}
