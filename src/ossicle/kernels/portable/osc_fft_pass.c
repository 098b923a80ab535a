/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* One butterfly of both stages in each group. `first` is the factor of the former stage and `second` one of the
 * latter, whose other is -i times it (i times in the inverse transform). */
static void two_stages(float *data, int groups, int half, const float first[2], const float second[2], float sign)
{
    const int group = 8 * half;
    for (int at = 0; at < groups * group; at += group) {
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

void osc_fft_pass(const osc_fft_t *config, float *data, float sign, int half, int begin, int end)
{
    const int n = config->n_fft / 2;
    const int groups = n / (4 * half);
    const int stride = n / (2 * half);
    for (int k = begin / groups; k * groups < end; k++) {
        const int from = k * groups < begin ? begin - k * groups : 0;
        const int to = (k + 1) * groups > end ? end - k * groups : groups;
        const float *const fine = config->twiddle + 2 * k * stride;
        const float *const coarse = config->twiddle + 4 * k * stride;
        const float first[2] = {coarse[0], sign * coarse[1]};
        const float second[2] = {fine[0], sign * fine[1]};
        two_stages(data + 2 * k + 8 * half * from, to - from, half, first, second, sign);
    }
}
