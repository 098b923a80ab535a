/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* The factor of these butterflies is 1. */
void osc_fft_pairs(float *data, int begin, int end)
{
    for (int at = 4 * begin; at < 4 * end; at += 4) {
        float *const a = data + at;
        for (int part = 0; part < 2; part++) {
            const float b = a[part + 2];
            a[part + 2] = a[part] - b;
            a[part] += b;
        }
    }
}
