/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

#define LN_2 45426u /* 16 fraction bits */

static uint32_t logarithm(const osc_microfrontend_t *config, uint32_t x)
{
    const int whole = osc_bit_length(x) - 1;
    const uint32_t fraction = (uint32_t)(((uint64_t)x << 16) >> whole) - (1u << 16);
    const uint16_t *const at = config->log + (fraction >> 9);
    const int32_t slope = (int32_t)at[1] - at[0];
    const uint32_t curve = at[0] + (uint32_t)((slope * (int32_t)(fraction & 511)) >> 16);
    const uint64_t base_2 = ((uint32_t)whole << 16) + fraction + curve;
    const uint64_t natural = (LN_2 * base_2 + (1u << 15)) >> 16;
    return (uint32_t)(((natural << config->log_shift) + (1u << 15)) >> 16);
}

void osc_micro_log(const osc_microfrontend_t *config, const uint32_t *magnitudes, uint16_t *features)
{
    for (int i = 0; i < config->channels; i++) {
        const uint32_t x = magnitudes[i] << config->correction_bits;
        const uint32_t value = x > 1 ? logarithm(config, x) : 0;
        features[i] = (uint16_t)(value < 65535 ? value : 65535);
    }
}
