/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

void osc_microfrontend(const osc_microfrontend_t *config, const int16_t *samples, uint32_t *noise, int16_t *padded,
                       int16_t *spectrum, uint32_t *magnitudes, uint16_t *features)
{
    const int shift = osc_micro_window(config, samples, padded);
    osc_fixed_rfft(&config->fft, padded, spectrum);
    osc_micro_channels(config, spectrum, shift, magnitudes);
    osc_micro_reduce_noise(config, noise, magnitudes);
    if (config->gain) {
        osc_micro_control_gain(config, noise, magnitudes);
    }
    osc_micro_log(config, magnitudes, features);
}
