/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_emphasize(const float *in, float *out, int n, float fraction, float *last)
{
    for (int i = 0; i < n; i++) {
        /* The difference of a NaN or infinity to itself is NaN. */
        const float sample = in[i] - in[i] == 0.0f ? in[i] : 0.0f;
        out[i] = sample - fraction * *last;
        *last = sample;
    }
}
