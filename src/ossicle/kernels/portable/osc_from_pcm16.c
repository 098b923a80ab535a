/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_from_pcm16(const int16_t *in, float *out, int n)
{
    for (int i = 0; i < n; i++) {
        out[i] = (float)in[i] * (1.0f / 32768.0f);
    }
}
