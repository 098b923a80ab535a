/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* Hop after hop, so that no sum is replaced before it has been moved. */
void osc_istft_add(const osc_stft_t *config, const float *spectrum, float *overlap, float *out, int begin, int end)
{
    const int hop = config->hop;
    const int kept = config->window - hop;
    const float gain = 1.0f / config->overlap_gain;
    float *sums = out;
    for (int from = 0; from < kept; from += hop) {
        OSC_ROLLED
        for (int i = begin; i < end; i++) {
            sums[i] = spectrum[from + i] * (config->hann[from + i] * gain) + overlap[from + i];
        }
        sums = overlap + from;
    }
    OSC_ROLLED
    for (int i = begin; i < end; i++) {
        sums[i] = spectrum[kept + i] * (config->hann[kept + i] * gain) + 0.0f;
    }
}
