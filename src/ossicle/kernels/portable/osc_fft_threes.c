/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* One butterfly in each group. `first` and `second` are the factors of its second and third value. */
static void threes(float *data, int groups, int size, const float first[2], const float second[2], float sign)
{
    const float sine = sign * 0.866025404f; /* of a third of a turn; its cosine is -1/2 */
    for (int at = 0; at < 6 * size * groups; at += 6 * size) {
        float *const a = data + at;
        float *const b = a + 2 * size;
        float *const c = b + 2 * size;
        const float b_re = b[0] * first[0] - b[1] * first[1];
        const float b_im = b[0] * first[1] + b[1] * first[0];
        const float c_re = c[0] * second[0] - c[1] * second[1];
        const float c_im = c[0] * second[1] + c[1] * second[0];
        const float sum_re = b_re + c_re;
        const float sum_im = b_im + c_im;
        const float rest_re = sine * (b_re - c_re);
        const float rest_im = sine * (b_im - c_im);
        const float middle_re = a[0] - 0.5f * sum_re;
        const float middle_im = a[1] - 0.5f * sum_im;
        a[0] += sum_re;
        a[1] += sum_im;
        b[0] = middle_re + rest_im;
        b[1] = middle_im - rest_re;
        c[0] = middle_re - rest_im;
        c[1] = middle_im + rest_re;
    }
}

void osc_fft_threes(const osc_fft_t *config, float *data, float sign, int size, int begin, int end)
{
    const int groups = config->n_fft / 2 / (3 * size);
    for (int k = begin / groups; k * groups < end; k++) {
        const int from = k * groups < begin ? begin - k * groups : 0;
        const int to = (k + 1) * groups > end ? end - k * groups : groups;
        float factors[2][2];
        OSC_ROLLED
        for (int i = 0; i < 2; i++) {
            osc_fft_factor(config, 2 * (i + 1) * k * groups, sign, factors[i]);
        }
        threes(data + 2 * k + 6 * size * from, to - from, size, factors[0], factors[1], sign);
    }
}
