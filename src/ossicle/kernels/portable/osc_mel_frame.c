#include "osc_kernels.h"

#include <string.h>

void osc_mel_frame(const osc_mel_t *config, float *history, const float *in, float *scratch, float *history_db)
{
    const int older = (config->frames - 1) * config->mels;
    osc_stft(&config->stft, history, in, scratch);
    osc_power(scratch, scratch, config->stft.n_fft / 2 + 1);
    memmove(history_db, history_db + config->mels, (size_t)older * sizeof *history_db);
    osc_mel_bands(config, scratch, history_db + older);
    osc_decibels(history_db + older, config->mels);
}
