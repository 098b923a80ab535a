/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_complex.h"

#ifdef OSC_WIDE
/* Four bins and their mirrors, as below. */
static inline void four_bins(float *a, float *b, const float *factors)
{
    const osc_complex_t half = _mm256_set1_ps(0.5f), factor = osc_get_complex(factors);
    const osc_complex_t x = osc_get_complex(a), mirror = osc_backwards(osc_get_complex(b));
    const osc_complex_t conjugate = osc_with_signs(mirror, OSC_IMAGINARY_PARTS);
    const osc_complex_t difference = osc_with_signs(osc_swapped_parts(x), OSC_IMAGINARY_PARTS);
    const osc_complex_t even = _mm256_mul_ps(half, _mm256_add_ps(x, conjugate));
    const osc_complex_t odd = _mm256_mul_ps(half, _mm256_add_ps(difference, osc_swapped_parts(mirror)));
    const osc_complex_t sines = osc_with_signs(_mm256_movehdup_ps(factor), OSC_REAL_PARTS);
    const osc_complex_t turned = osc_turned(odd, _mm256_moveldup_ps(factor), sines);
    const osc_complex_t back =
        _mm256_add_ps(osc_with_signs(even, OSC_IMAGINARY_PARTS), osc_with_signs(turned, OSC_REAL_PARTS));
    osc_put_complex(a, _mm256_add_ps(even, turned));
    osc_put_complex(b, osc_backwards(back));
}
#endif

void osc_rfft_split(const osc_fft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    int k = begin > 0 ? begin : 1;
    if (begin == 0 && end > 0) {
        const float first = data[0];
        data[0] = first + data[1];
        data[2 * n] = first - data[1];
        data[1] = 0.0f;
        data[2 * n + 1] = 0.0f;
    }
#ifdef OSC_WIDE
    for (; k + 4 <= end && 2 * k + 6 < n; k += 4) {
        four_bins(data + 2 * k, data + 2 * (n - k - 3), config->twiddle + 2 * k);
    }
#endif
    for (; k < end; k++) {
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
