/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_complex.h"

#ifdef OSC_WIDE
/* Factors of four butterflies of two stages, in the form that osc_turned() reads: that of the former stage, and of the
 * latter one and another, which is -i times it (i times in the inverse transform). */
typedef struct {
    osc_complex_t first_re, first_im, even_re, even_im, odd_re, odd_im;
} factors_t;

static inline factors_t factors_of(osc_complex_t coarse, osc_complex_t fine, float sign)
{
    const osc_complex_t signs = sign > 0.0f ? OSC_REAL_PARTS : OSC_IMAGINARY_PARTS;
    const osc_complex_t others = sign > 0.0f ? OSC_IMAGINARY_PARTS : OSC_REAL_PARTS;
    const factors_t of = {
        _mm256_moveldup_ps(coarse),
        osc_with_signs(_mm256_movehdup_ps(coarse), signs),
        _mm256_moveldup_ps(fine),
        osc_with_signs(_mm256_movehdup_ps(fine), signs),
        _mm256_movehdup_ps(fine),
        osc_with_signs(_mm256_moveldup_ps(fine), others),
    };
    return of;
}

/* The four values of each of four butterflies, as in osc_fft_pass.c. */
static inline void two_stages(osc_complex_t x[4], const factors_t *of)
{
    const osc_complex_t b = osc_turned(x[1], of->first_re, of->first_im);
    const osc_complex_t d = osc_turned(x[3], of->first_re, of->first_im);
    const osc_complex_t even = osc_turned(_mm256_add_ps(x[2], d), of->even_re, of->even_im);
    const osc_complex_t odd = osc_turned(_mm256_sub_ps(x[2], d), of->odd_re, of->odd_im);
    const osc_complex_t upper = _mm256_add_ps(x[0], b), lower = _mm256_sub_ps(x[0], b);
    x[0] = _mm256_add_ps(upper, even);
    x[1] = _mm256_add_ps(lower, odd);
    x[2] = _mm256_sub_ps(upper, even);
    x[3] = _mm256_sub_ps(lower, odd);
}

static inline void pairs(osc_complex_t x[4])
{
    for (int i = 0; i < 4; i += 2) {
        const osc_complex_t a = x[i], b = x[i + 1];
        x[i] = _mm256_add_ps(a, b);
        x[i + 1] = _mm256_sub_ps(a, b);
    }
}

static inline void transpose(osc_complex_t x[4])
{
    const __m256d a = _mm256_castps_pd(x[0]), b = _mm256_castps_pd(x[1]);
    const __m256d c = _mm256_castps_pd(x[2]), d = _mm256_castps_pd(x[3]);
    const __m256d ab = _mm256_unpacklo_pd(a, b), ab_next = _mm256_unpackhi_pd(a, b);
    const __m256d cd = _mm256_unpacklo_pd(c, d), cd_next = _mm256_unpackhi_pd(c, d);
    x[0] = _mm256_castpd_ps(_mm256_permute2f128_pd(ab, cd, 0x20));
    x[1] = _mm256_castpd_ps(_mm256_permute2f128_pd(ab_next, cd_next, 0x20));
    x[2] = _mm256_castpd_ps(_mm256_permute2f128_pd(ab, cd, 0x31));
    x[3] = _mm256_castpd_ps(_mm256_permute2f128_pd(ab_next, cd_next, 0x31));
}

/* A square: four values of each quarter of the data, and the first stages of those that will lie side by side. `of` is 0
 * where these are the stage of pairs alone. */
static inline void get_square(const float *from, int quarter, const factors_t *of, osc_complex_t x[4])
{
    x[0] = osc_get_complex(from);
    x[1] = osc_get_complex(from + 2 * quarter);
    x[2] = osc_get_complex(from + quarter);
    x[3] = osc_get_complex(from + 3 * quarter);
    if (of != 0) {
        two_stages(x, of);
    } else {
        pairs(x);
    }
    transpose(x);
}

static inline void put_square(float *to, int quarter, const osc_complex_t x[4])
{
    osc_put_complex(to, x[0]);
    osc_put_complex(to + 2 * quarter, x[1]);
    osc_put_complex(to + quarter, x[2]);
    osc_put_complex(to + 3 * quarter, x[3]);
}

/* The order of n values, a power of two, and the stages before the passes over groups of more than four values. A place
 * in reverse order is that of its lowest two bits, of those between, and of its highest two: squares of 4 x 4 values
 * are transposed, and change places by the bits between. */
static void ordered(const osc_fft_t *config, float *data, float sign, int all)
{
    const int squares = config->n_fft / 32, quarter = config->n_fft / 4;
    const osc_complex_t one = osc_gather_complex(config->twiddle, config->twiddle, 0);
    const factors_t first = factors_of(one, one, sign);
    const factors_t *const of = all ? &first : 0;
    int reversed = 0;
    for (int i = 0; i < squares; i++) {
        if (i <= reversed) {
            float *const here = data + 8 * i, *const there = data + 8 * reversed;
            osc_complex_t x[4], y[4];
            get_square(here, quarter, of, x);
            get_square(there, quarter, of, y);
            put_square(there, quarter, x);
            put_square(here, quarter, y);
        }
        int bit = squares >> 1;
        for (; (reversed & bit) != 0; bit >>= 1) {
            reversed ^= bit;
        }
        reversed |= bit;
    }
}

/* The pass over groups of eight values, two groups at once. */
static void pass_of_twos(const osc_fft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2, stride = n / 4;
    const float *const table = config->twiddle;
    const factors_t of = factors_of(osc_gather_complex(table, table, 4 * stride),
                                    osc_gather_complex(table, table, 2 * stride), sign);
    for (float *at = data; at < data + 2 * n; at += 32) {
        osc_complex_t x[4];
        for (int i = 0; i < 2; i++) {
            const osc_complex_t first = osc_get_complex(at + 8 * i), second = osc_get_complex(at + 16 + 8 * i);
            x[2 * i] = _mm256_permute2f128_ps(first, second, 0x20);
            x[2 * i + 1] = _mm256_permute2f128_ps(first, second, 0x31);
        }
        two_stages(x, &of);
        for (int i = 0; i < 2; i++) {
            osc_put_complex(at + 8 * i, _mm256_permute2f128_ps(x[2 * i], x[2 * i + 1], 0x20));
            osc_put_complex(at + 16 + 8 * i, _mm256_permute2f128_ps(x[2 * i], x[2 * i + 1], 0x31));
        }
    }
}

/* Passes over larger groups: four butterflies of a group at once, and those of all groups with the same factors. */
static void pass_of_fours(const osc_fft_t *config, float *data, float sign, int half)
{
    const int n = config->n_fft / 2, stride = n / (2 * half), next = 2 * half;
    for (int k = 0; k < half; k += 4) {
        const float *const fine = config->twiddle + 2 * stride * k, *const coarse = fine + 2 * stride * k;
        const factors_t of = factors_of(osc_gather_complex(coarse, coarse + 8 * stride, 4 * stride),
                                        osc_gather_complex(fine, fine + 4 * stride, 2 * stride), sign);
        for (float *at = data + 2 * k; at < data + 2 * n; at += 4 * next) {
            osc_complex_t x[4];
            for (int i = 0; i < 4; i++) {
                x[i] = osc_get_complex(at + i * next);
            }
            two_stages(x, &of);
            for (int i = 0; i < 4; i++) {
                osc_put_complex(at + i * next, x[i]);
            }
        }
    }
}
#endif

static void pass(const osc_fft_t *config, float *data, float sign, int half)
{
    const int n = config->n_fft / 2;
#ifdef OSC_WIDE
    if (half % 4 == 0) {
        pass_of_fours(config, data, sign, half);
        return;
    }
    if (half == 2 && n % 16 == 0) {
        pass_of_twos(config, data, sign);
        return;
    }
#endif
    osc_fft_pass(config, data, sign, half, 0, n / 4);
}

void osc_fft(const osc_fft_t *config, float *data, float sign)
{
    const int n = config->n_fft / 2, even = osc_fft_even(n);
    int half = osc_fft_first(even);
#ifdef OSC_WIDE
    if (config->swaps == 0 && n >= 16) {
        ordered(config, data, sign, half == 1);
        half = half == 1 ? 4 : 2;
    } else
#endif
    {
        osc_fft_order(config, data);
        if (half == 2) {
            osc_fft_pairs(data, 0, n / 2);
        }
    }
    for (; half < even; half *= 4) {
        pass(config, data, sign, half);
    }
    if (config->odd != 0) {
        config->odd(config, data, sign);
    }
}
