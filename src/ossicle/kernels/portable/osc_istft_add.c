/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Hop after hop, so that no sum is replaced before it has been moved; behind the kept sums there are none yet. */
void osc_istft_add(const osc_stft_t *config, const float *spectrum, float *overlap, float *out, int begin, int end)
{
    const float *const weights = config->synthesis;
    const int hop = config->hop;
    const int kept = config->window - hop;
    const float gain = 1.0f / config->envelope;
    float *sums = out;
    for (int from = 0; from < config->window; from += hop) {
        const int added = osc_clamp_s32(kept - from, begin, end);
        const int all = osc_clamp_s32(config->window - from, begin, end);
        OSC_ROLLED
        for (int i = begin; i < added; i++) {
            sums[i] = spectrum[from + i] * (weights[from + i] * gain) + overlap[from + i];
        }
        OSC_ROLLED
        for (int i = added; i < all; i++) {
            sums[i] = spectrum[from + i] * (weights[from + i] * gain) + 0.0f;
        }
        sums = overlap + from;
    }
}
