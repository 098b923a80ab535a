/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* The table at a code, whose entries are 128 codes apart. */
static int32_t at(const int16_t *table, int32_t code)
{
    const int32_t place = code + 32768, rest = place & 127;
    const int32_t low = table[place >> 7], high = table[(place >> 7) + 1];
    return low + (((high - low) * rest + 64) >> 7);
}

static int32_t power(int32_t difference, const int16_t *powers, int32_t multiplier, uint8_t shift)
{
    const int32_t scaled = osc_rescale_twice(difference, multiplier, shift);
    return at(powers, (scaled < -65535 ? -65535 : scaled) + 32767);
}

void osc_softmax_by_tables_s16(const int16_t *x, int16_t *y, int n, const int16_t *powers, const int16_t *reciprocals,
                               int32_t multiplier, uint8_t shift)
{
    int32_t largest = x[0], sum = 0;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int i = 0; i < n; i++) {
        sum += power(x[i] - largest, powers, multiplier, shift);
    }
    int bits = 0;
    while (sum >> bits != 0) {
        bits++;
    }
    /* The sum as 1 to 2 with 16 fraction bits, less one: what the reciprocal is taken of. */
    const int32_t fraction = (int32_t)((((uint32_t)sum << (31 - bits)) + (1u << 13)) >> 14) - (3 << 15);
    const int32_t reciprocal = at(reciprocals, osc_clamp_s32(fraction, INT16_MIN, INT16_MAX));
    for (int i = 0; i < n; i++) {
        const int32_t share = power(x[i] - largest, powers, multiplier, shift) * reciprocal;
        y[i] = (int16_t)osc_clamp_s32((share + (1 << (bits - 2))) >> (bits - 1), 0, INT16_MAX);
    }
}
