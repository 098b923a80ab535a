/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

void osc_micro_reduce_noise(const osc_microfrontend_t *config, uint32_t *noise, uint32_t *magnitudes)
{
    for (int i = 0; i < config->channels; i++) {
        const uint32_t factor = config->smoothing[i % 2];
        const uint32_t signal = magnitudes[i] << config->smoothing_bits;
        const uint64_t mean = (uint64_t)signal * factor + (uint64_t)noise[i] * ((1u << 14) - factor);
        noise[i] = (uint32_t)(mean >> 14);
        const uint32_t left = (signal - (noise[i] < signal ? noise[i] : signal)) >> config->smoothing_bits;
        const uint32_t least = (uint32_t)(((uint64_t)magnitudes[i] * config->smoothing[2]) >> 14);
        magnitudes[i] = left > least ? left : least;
    }
}
