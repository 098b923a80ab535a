/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

/* To the nearest integer; of a value of 32 bits at most 65535. */
static uint32_t rounded_root(uint64_t value)
{
    const uint32_t most = value >> 32 ? UINT32_MAX : 65535;
    const int bits = value >> 32 ? 32 + osc_bit_length((uint32_t)(value >> 32)) : osc_bit_length((uint32_t)value);
    uint64_t root = 0;
    for (uint64_t bit = bits ? (uint64_t)1 << ((bits - 1) & ~1) : 0; bit > 0; bit >>= 2) {
        const uint64_t next = root + bit;
        root >>= 1;
        if (value >= next) {
            value -= next;
            root += bit;
        }
    }
    return (uint32_t)root + (value > root && root < most ? 1 : 0);
}

void osc_micro_channels(const osc_microfrontend_t *config, const int16_t *spectrum, int shift, uint32_t *magnitudes)
{
    const int16_t *rising = config->rising, *falling = config->falling;
    uint64_t begun = 0;
    for (int i = 0; i <= config->channels; i++) {
        const int16_t *bin = spectrum + 2 * config->first[i];
        uint64_t begins = 0, ends = begun;
        for (int j = 0; j < config->count[i]; j++, bin += 2) {
            const uint64_t energy = (uint32_t)(bin[0] * bin[0]) + (uint32_t)(bin[1] * bin[1]);
            begins += energy * (uint16_t)*rising++;
            ends += energy * (uint16_t)*falling++;
        }
        if (i > 0) {
            magnitudes[i - 1] = rounded_root(ends) >> shift;
        }
        begun = begins;
    }
}
