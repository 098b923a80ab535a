#include "osc_kernels.h"

static void swap_complex(float *a, float *b)
{
    for (int part = 0; part < 2; part++) {
        const float kept = a[part];
        a[part] = b[part];
        b[part] = kept;
    }
}

static void reverse_bits_of_indices(float *data, int n)
{
    for (int i = 0, reversed = 0; i < n; i++) {
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

/* Butterflies of neighbours, whose factor is 1. */
static void first_stage(float *data, int n)
{
    for (int at = 0; at < 2 * n; at += 4) {
        float *const a = data + at;
        for (int part = 0; part < 2; part++) {
            const float b = a[part + 2];
            a[part + 2] = a[part] - b;
            a[part] += b;
        }
    }
}

/* The stages of groups of 2 * half and of 4 * half values in one pass over the data. `first` is the factor of the
 * former and `second` one of the latter, whose other is -i times it (i times in the inverse transform). */
static void two_stages(float *data, int n, int half, const float first[2], const float second[2], float sign)
{
    for (int at = 0; at < 2 * n; at += 8 * half) {
        float *const a = data + at;
        float *const b = a + 2 * half;
        float *const c = b + 2 * half;
        float *const d = c + 2 * half;
        const float b_re = b[0] * first[0] - b[1] * first[1];
        const float b_im = b[0] * first[1] + b[1] * first[0];
        const float d_re = d[0] * first[0] - d[1] * first[1];
        const float d_im = d[0] * first[1] + d[1] * first[0];
        const float sum_re = c[0] + d_re;
        const float sum_im = c[1] + d_im;
        const float rest_re = sign * (c[0] - d_re);
        const float rest_im = sign * (c[1] - d_im);
        const float even_re = sum_re * second[0] - sum_im * second[1];
        const float even_im = sum_re * second[1] + sum_im * second[0];
        const float odd_re = rest_re * second[1] + rest_im * second[0];
        const float odd_im = rest_im * second[1] - rest_re * second[0];
        const float upper_re = a[0] + b_re;
        const float upper_im = a[1] + b_im;
        const float lower_re = a[0] - b_re;
        const float lower_im = a[1] - b_im;
        a[0] = upper_re + even_re;
        a[1] = upper_im + even_im;
        b[0] = lower_re + odd_re;
        b[1] = lower_im + odd_im;
        c[0] = upper_re - even_re;
        c[1] = upper_im - even_im;
        d[0] = lower_re - odd_re;
        d[1] = lower_im - odd_im;
    }
}

/* Radix 2, decimation in time (Cooley and Tukey 1965), two stages at once. */
void osc_fft(const osc_stft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2;
    int first_half = n;
    reverse_bits_of_indices(data, n);
    while (first_half > 2) {
        first_half /= 4;
    }
    if (first_half == 2) {
        first_stage(data, n);
    }
    for (int half = first_half; half < n; half *= 4) {
        const int stride = n / (2 * half);
        for (int k = 0; k < half; k++) {
            const float *const fine = config->twiddle + 2 * k * stride;
            const float *const coarse = config->twiddle + 4 * k * stride;
            const float first[2] = {coarse[0], sign * coarse[1]};
            const float second[2] = {fine[0], sign * fine[1]};
            two_stages(data + 2 * k, n, half, first, second, sign);
        }
    }
}
