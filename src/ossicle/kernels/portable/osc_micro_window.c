/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

int osc_micro_window(const osc_microfrontend_t *config, const int16_t *samples, int16_t *padded)
{
    int16_t largest = 0;
    for (int i = 0; i < config->window; i++) {
        padded[i] = (int16_t)((samples[i] * config->hann[i]) >> 12);
        /* The magnitude of -32768 has no room and stays negative. */
        const int16_t magnitude = padded[i] < 0 ? (int16_t)-padded[i] : padded[i];
        largest = magnitude > largest ? magnitude : largest;
    }
    const int shift = 15 - osc_bit_length((uint32_t)largest);
    for (int i = 0; i < config->window; i++) {
        padded[i] = (int16_t)((uint32_t)padded[i] << shift);
    }
    for (int i = config->window; i < config->fft.n; i++) {
        padded[i] = 0;
    }
    return shift;
}
