/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_to_pcm16(const float *in, int16_t *out, int n)
{
    for (int i = 0; i < n; i++) {
        out[i] = (int16_t)osc_round_f32(osc_clamp_f32(in[i] * 32768.0f, -32768.0f, 32767.0f));
    }
}
