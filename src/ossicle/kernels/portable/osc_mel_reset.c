/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_mel_reset(const osc_mel_t *config, float *history, float *rows)
{
    /* What a frame of silence gives, to the bit. */
    const float silence = osc_logarithm_f32(&config->logarithm, 0.0f);
    for (int i = 0; i < config->stft.window - config->stft.hop; i++) {
        history[i] = 0.0f;
    }
    for (int i = 0; i < config->frames * config->mels; i++) {
        rows[i] = silence;
    }
}
