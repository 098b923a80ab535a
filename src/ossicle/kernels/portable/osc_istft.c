#include "osc_kernels.h"

void osc_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out)
{
    const int hop = config->hop;
    const int kept = config->window - hop;
    const float gain = 1.0f / config->overlap_gain;
    osc_irfft(config, spectrum);
    for (int i = 0; i < config->window; i++) {
        const float sample = spectrum[i] * (config->hann[i] * gain);
        const float sum = sample + (i < kept ? overlap[i] : 0.0f);
        if (i < hop) {
            out[i] = sum;
        } else {
            overlap[i - hop] = sum;
        }
    }
}
