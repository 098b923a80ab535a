/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_complex.h"

#ifdef OSC_WIDE
/* Four bins and their mirrors, as below. */
static inline void four_bins(float *a, float *b, const float *factors, float half_scale)
{
    const osc_complex_t scale = _mm256_set1_ps(half_scale), factor = osc_get_complex(factors);
    const osc_complex_t x = osc_get_complex(a);
    const osc_complex_t conjugate = osc_with_signs(osc_backwards(osc_get_complex(b)), OSC_IMAGINARY_PARTS);
    const osc_complex_t even = _mm256_mul_ps(scale, _mm256_add_ps(x, conjugate));
    const osc_complex_t turned = _mm256_mul_ps(scale, _mm256_sub_ps(x, conjugate));
    const osc_complex_t sines = osc_with_signs(_mm256_movehdup_ps(factor), OSC_IMAGINARY_PARTS);
    const osc_complex_t odd = osc_swapped_parts(osc_turned(turned, _mm256_moveldup_ps(factor), sines));
    osc_put_complex(a, _mm256_add_ps(even, osc_with_signs(odd, OSC_REAL_PARTS)));
    osc_put_complex(b, osc_backwards(_mm256_add_ps(osc_with_signs(even, OSC_IMAGINARY_PARTS), odd)));
}
#endif

void osc_irfft_join(const osc_fft_t *config, float *data, int begin, int end)
{
    const int n = config->n_fft / 2;
    const float scale = 1.0f / (float)n;
    int k = begin > 0 ? begin : 1;
    if (begin == 0 && end > 0) {
        const float first = data[0];
        data[0] = 0.5f * scale * (first + data[2 * n]);
        data[1] = 0.5f * scale * (first - data[2 * n]);
    }
#ifdef OSC_WIDE
    for (; k + 4 <= end && 2 * k + 6 < n; k += 4) {
        four_bins(data + 2 * k, data + 2 * (n - k - 3), config->twiddle + 2 * k, 0.5f * scale);
    }
#endif
    for (; k < end; k++) {
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
