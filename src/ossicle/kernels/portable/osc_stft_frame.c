/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

static float usable(float x)
{
    /* Written so that NaN fails both comparisons. */
    const float largest = 3.402823466e+38f;
    return x >= -largest && x <= largest ? osc_clamp_f32(x, -16.0f, 16.0f) : 0.0f;
}

/* Hop after hop, so that no sample is replaced before it has been moved; the first one may begin before the history
 * does. */
void osc_stft_frame(const osc_stft_t *config, float *history, const float *in, float *spectrum, int begin, int end)
{
    const float *const weights = config->analysis;
    const int hop = config->hop;
    const int newest = config->window - 2 * hop;
    const int zeros = config->fft.n_fft - config->window;
    float *const padding = spectrum + config->window;
    for (int from = newest % hop - hop; from < newest; from += hop) {
        OSC_ROLLED
        for (int i = from + begin > 0 ? from + begin : 0; i < from + end; i++) {
            spectrum[i] = history[i] * weights[i];
            history[i] = history[i + hop];
        }
    }
    OSC_ROLLED
    for (int i = newest + begin; i < newest + end; i++) {
        const float sample = usable(in[i - newest]);
        spectrum[i] = history[i] * weights[i];
        spectrum[i + hop] = sample * weights[i + hop];
        history[i] = sample;
    }
    OSC_ROLLED
    for (int i = zeros * begin / hop; i < zeros * end / hop; i++) {
        padding[i] = 0.0f;
    }
}
