/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

typedef struct {
    int32_t re, im;
} complex_t;

/* A product with a factor of 15 fraction bits, halves rounded up. */
static int16_t rounded(int32_t product)
{
    return (int16_t)((product + (1 << 14)) >> 15);
}

static complex_t times(complex_t z, const int16_t *factor)
{
    const complex_t product = {rounded(z.re * factor[0] - z.im * factor[1]),
                               rounded(z.re * factor[1] + z.im * factor[0])};
    return product;
}

/* A value divided by 2 or by 4, as a product with a fraction. */
static complex_t scaled(const int16_t *z, int radix)
{
    const int32_t part = 32767 / radix;
    const complex_t quotient = {rounded(z[0] * part), rounded(z[1] * part)};
    return quotient;
}

static void put(int16_t *z, int32_t re, int32_t im)
{
    z[0] = (int16_t)re;
    z[1] = (int16_t)im;
}

/* Which value of 1 << bits comes at a place: digits to base 4, and perhaps a last one to base 2, change their order. */
static int source_of(int place, int bits)
{
    int source = 0;
    for (int shift = 0; bits > 0;) {
        const int digit = bits > 1 ? 2 : 1;
        bits -= digit;
        source |= (place >> bits) << shift;
        place &= (1 << bits) - 1;
        shift += digit;
    }
    return source;
}

static void pairs(int16_t *z, int n)
{
    for (int i = 0; i < n; i += 2, z += 4) {
        const complex_t a = scaled(z, 2), b = scaled(z + 2, 2);
        put(z, a.re + b.re, a.im + b.im);
        put(z + 2, a.re - b.re, a.im - b.im);
    }
}

/* Groups of four sub-spectra of so many values become one spectrum each. Sums wrap around. */
static void fours(const osc_fixed_fft_t *config, int16_t *z, int n, int length)
{
    const int apart = 2 * length, step = 2 * (n / (4 * length));
    for (int group = 0; group < n; group += 4 * length, z += 3 * apart) {
        for (int k = 0; k < length; k++, z += 2) {
            const int16_t *const factor = config->twiddle;
            const complex_t a = scaled(z, 4);
            const complex_t b = times(scaled(z + apart, 4), factor + k * step);
            const complex_t c = times(scaled(z + 2 * apart, 4), factor + 2 * k * step);
            const complex_t d = times(scaled(z + 3 * apart, 4), factor + 3 * k * step);
            put(z, a.re + c.re + b.re + d.re, a.im + c.im + b.im + d.im);
            put(z + apart, a.re - c.re + b.im - d.im, a.im - c.im - b.re + d.re);
            put(z + 2 * apart, a.re + c.re - b.re - d.re, a.im + c.im - b.im - d.im);
            put(z + 3 * apart, a.re - c.re - b.im + d.im, a.im - c.im + b.re - d.re);
        }
    }
}

/* From the spectrum of complex values, whose parts are those with even and with odd places, to that of them all. */
static void split(const osc_fixed_fft_t *config, int16_t *z, int n)
{
    const complex_t first = scaled(z, 2);
    put(z, first.re + first.im, 0);
    put(z + 2 * n, first.re - first.im, 0);
    for (int k = 1; k <= n / 2; k++) {
        int16_t *const forth = z + 2 * k, *const back = z + 2 * (n - k);
        const int16_t mirrored[2] = {back[0], (int16_t)-back[1]};
        const complex_t a = scaled(forth, 2), b = scaled(mirrored, 2);
        const complex_t difference = {a.re - b.re, a.im - b.im};
        const complex_t turned = times(difference, config->split + 2 * (k - 1));
        put(forth, (a.re + b.re + turned.re) >> 1, (a.im + b.im + turned.im) >> 1);
        put(back, (a.re + b.re - turned.re) >> 1, (turned.im - a.im - b.im) >> 1);
    }
}

void osc_fixed_rfft(const osc_fixed_fft_t *config, const int16_t *x, int16_t *spectrum)
{
    const int n = config->n / 2, bits = osc_bit_length((uint32_t)n) - 1;
    int length = 1;
    for (int i = 0; i < n; i++) {
        const int16_t *const from = x + 2 * source_of(i, bits);
        put(spectrum + 2 * i, from[0], from[1]);
    }
    if (bits % 2) {
        pairs(spectrum, n);
        length = 2;
    }
    for (; length < n; length *= 4) {
        fours(config, spectrum, n, length);
    }
    split(config, spectrum, n);
}
