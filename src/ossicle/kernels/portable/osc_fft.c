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

/* Radix 2, decimation in time (Cooley and Tukey 1965). */
void osc_fft(const osc_stft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2;
    reverse_bits_of_indices(data, n);
    for (int half = 1; half < n; half *= 2) {
        const int stride = config->n_fft / (2 * half);
        for (int k = 0; k < half; k++) {
            const float cosine = config->twiddle[2 * k * stride];
            const float sine = sign * config->twiddle[2 * k * stride + 1];
            for (int start = k; start < n; start += 2 * half) {
                float *const a = data + 2 * start;
                float *const b = a + 2 * half;
                const float re = b[0] * cosine - b[1] * sine;
                const float im = b[0] * sine + b[1] * cosine;
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
    }
}
