/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* Butterflies of both stages. They lie `step` floats apart, and their factors `turn` complex values of the table. `first`
 * is the factor of the former stage and `second` one of the latter, whose other is -i times it (i times in the inverse
 * transform). Products are added only, with negative factors: a difference beside a sum is one operation to GCC 12.2,
 * which then rounds once, whatever -ffp-contract says. */
static inline void two_stages(float *restrict a, float *restrict b, float *restrict c, float *restrict d, int step,
                              const float *restrict coarse, const float *restrict fine, int turn, int count, float sign)
{
    OSC_ROLLED
    for (int i = 0; i < count; i++) {
        const int re = step * i;
        const int im = re + 1;
        const float first_re = coarse[4 * turn * i];
        const float first_im = sign * coarse[4 * turn * i + 1];
        const float second_re = fine[2 * turn * i];
        const float second_im = sign * fine[2 * turn * i + 1];
        const float b_re = b[re] * first_re + b[im] * -first_im;
        const float b_im = b[re] * first_im + b[im] * first_re;
        const float d_re = d[re] * first_re + d[im] * -first_im;
        const float d_im = d[re] * first_im + d[im] * first_re;
        const float sum_re = c[re] + d_re;
        const float sum_im = c[im] + d_im;
        const float rest_re = sign * (c[re] - d_re);
        const float rest_im = sign * (c[im] - d_im);
        const float even_re = sum_re * second_re + sum_im * -second_im;
        const float even_im = sum_re * second_im + sum_im * second_re;
        const float odd_re = rest_re * second_im + rest_im * second_re;
        const float odd_im = rest_im * second_im + rest_re * -second_re;
        const float upper_re = a[re] + b_re;
        const float upper_im = a[im] + b_im;
        const float lower_re = a[re] - b_re;
        const float lower_im = a[im] - b_im;
        a[re] = upper_re + even_re;
        a[im] = upper_im + even_im;
        b[re] = lower_re + odd_re;
        b[im] = lower_im + odd_im;
        c[re] = upper_re - even_re;
        c[im] = upper_im - even_im;
        d[re] = lower_re - odd_re;
        d[im] = lower_im - odd_im;
    }
}

/* Side by side in one group, with a factor each, where groups are few; else one in each group, with the same factors. */
void osc_fft_pass(const osc_fft_t *config, float *data, float sign, int half, int begin, int end)
{
    const int n = config->n_fft / 2;
    const int groups = n / (4 * half);
    const int stride = n / (2 * half);
    const int next = 2 * half;
    if (groups < half) {
        for (int group = 0; group < groups; group++) {
            const int from = (begin - group + groups - 1) / groups;
            const int to = (end - group + groups - 1) / groups;
            const float *const factor = config->twiddle + 2 * stride * from;
            float *const a = data + 8 * half * group + 2 * from;
            two_stages(a, a + next, a + 2 * next, a + 3 * next, 2, factor + 2 * stride * from, factor, stride, to - from,
                       sign);
        }
        return;
    }
    for (int k = begin / groups; k * groups < end; k++) {
        const int from = k * groups < begin ? begin - k * groups : 0;
        const int to = (k + 1) * groups > end ? end - k * groups : groups;
        const float *const factor = config->twiddle + 2 * stride * k;
        float *const a = data + 2 * k + 8 * half * from;
        two_stages(a, a + next, a + 2 * next, a + 3 * next, 8 * half, factor + 2 * stride * k, factor, 0, to - from, sign);
    }
}
