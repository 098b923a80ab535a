#include "osc_math.h"

static float usable(float x)
{
    /* Written so that NaN fails both comparisons. */
    const float largest = 3.402823466e+38f;
    return x >= -largest && x <= largest ? osc_clamp_f32(x, -16.0f, 16.0f) : 0.0f;
}

void osc_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum)
{
    const int kept = config->window - config->hop;
    for (int i = 0; i < kept; i++) {
        spectrum[i] = history[i] * config->hann[i];
    }
    for (int i = 0; i < kept - config->hop; i++) {
        history[i] = history[i + config->hop];
    }
    for (int i = 0; i < config->hop; i++) {
        const float sample = usable(in[i]);
        history[kept - config->hop + i] = sample;
        spectrum[kept + i] = sample * config->hann[kept + i];
    }
    for (int i = config->window; i < config->n_fft; i++) {
        spectrum[i] = 0.0f;
    }
    osc_rfft(config, spectrum);
}
