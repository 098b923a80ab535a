/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_microfrontend.h"

/* A table's parabola for the power of two below x; 10 bits of x lie between two powers. */
static uint32_t interpolated(const int16_t *table, uint32_t x)
{
    if (x <= 2) {
        return (uint32_t)table[x];
    }
    const int bits = osc_bit_length(x);
    const int16_t *const of = table + 4 * bits - 6;
    const int32_t within = (int32_t)((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3FF);
    const int32_t slope = ((of[2] * within) >> 5) + of[1] * 32;
    return (uint32_t)(((slope * within + (1 << 14)) >> 15) + of[0]);
}

void osc_micro_control_gain(const osc_microfrontend_t *config, const uint32_t *noise, uint32_t *magnitudes)
{
    for (int i = 0; i < config->channels; i++) {
        const uint64_t gained = (uint64_t)magnitudes[i] * interpolated(config->gain, noise[i]);
        const uint32_t ratio = (uint32_t)(gained >> config->gain_shift);
        /* Of 12 fraction bits, to 6: a ratio under 2 is squared and divided by 4, of others 1 is taken. */
        magnitudes[i] = ratio < 2u << 12 ? (ratio * ratio) >> 20 : (ratio >> 6) - (1u << 6);
    }
}
