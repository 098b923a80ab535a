/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_mel_frame(const osc_mel_t *config, float *history, const float *in, float *scratch, float *history_db)
{
    const int older = (config->frames - 1) * config->mels;
    osc_stft(&config->stft, history, in, scratch);
    osc_power(scratch, scratch, config->stft.fft.n_fft / 2 + 1);
    for (int i = 0; i < older; i++) {
        history_db[i] = history_db[i + config->mels];
    }
    osc_mel_bands(config, scratch, history_db + older);
    osc_decibels(history_db + older, config->mels);
}
