#include "osc_kernels.h"

/* The even samples are taken as real and the odd ones as imaginary parts of one transform of half the
 * length, whose symmetric and antisymmetric parts are then separated and joined. */
void osc_rfft(const osc_stft_t *config, float *data)
{
    const int n = config->n_fft / 2;
    osc_fft(config, data, 1.0f);
    const float first = data[0];
    data[0] = first + data[1];
    data[2 * n] = first - data[1];
    data[1] = 0.0f;
    data[2 * n + 1] = 0.0f;
    for (int k = 1; 2 * k <= n; k++) {
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
