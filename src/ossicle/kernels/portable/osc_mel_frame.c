/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_mel_frame(const osc_mel_t *config, float *history, const float *in, float *scratch, float *rows)
{
    const int older = (config->frames - 1) * config->mels, bins = config->stft.fft.n_fft / 2 + 1;
    const int part = config->stft.hop;
    /* A window under two hops takes them in parts, of which the last one completes the frame. */
    for (int i = 1; i < config->parts; i++) {
        osc_stft_frame(&config->stft, history, in, scratch, 0, part);
        in += part;
    }
    osc_stft(&config->stft, history, in, scratch);
    if (config->magnitudes) {
        osc_magnitude(scratch, scratch, bins);
    } else {
        osc_power(scratch, scratch, bins);
    }
    for (int i = 0; i < older; i++) {
        rows[i] = rows[i + config->mels];
    }
    osc_mel_bands(config, scratch, rows + older);
    osc_logarithms(&config->logarithm, rows + older, config->mels);
}
