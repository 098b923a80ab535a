/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels of osc_lstm_codes.h share that round twice. */
#ifndef OSC_LSTM_CODES_TWICE_H
#define OSC_LSTM_CODES_TWICE_H

#include "osc_fractions.h"
#include "osc_logistic_table.h"
#include "osc_lstm_codes.h"

/* Of numbers with 12 fraction bits, in Q15. */
static inline int32_t osc_sigmoid_by_table(int32_t x)
{
    return osc_sigmoid_of_thirds(3 * x);
}

/* Of 16-bit numbers with integer bits, in Q15. */
static inline int32_t osc_tanh_by_table(int32_t x, int integer_bits)
{
    const int left = integer_bits > 3 ? integer_bits - 3 : 0, right = integer_bits < 3 ? 3 - integer_bits : 0;
    return osc_tanh_of_thirds((3 * x * (1 << left) + ((1 << right) >> 1)) >> right);
}

/* Unit i of n: replaces *c and returns what h is before its zero point. */
static inline int32_t osc_lstm_codes_unit(const int32_t *sums, int16_t *c, int n, int i, int cell_bits, int32_t clip,
                                          int32_t add_multiplier, uint8_t add_shift, int32_t multiplier, uint8_t shift)
{
    int32_t gates[4];
    for (int gate = 0; gate < 4; gate++) {
        const int place = gate * n + i;
        gates[gate] = osc_fit((int64_t)osc_fit(sums[place], 15) + osc_fit(sums[4 * n + place], 15), 15);
    }
    const int32_t in = osc_sigmoid_by_table(gates[0]), forget = osc_sigmoid_by_table(gates[1]);
    const int32_t candidate = osc_tanh_by_table(gates[2], 3), out = osc_sigmoid_by_table(gates[3]);
    const int32_t kept = osc_rescale_twice(forget * *c, 1 << 30, 45);
    const int32_t added = osc_rescale_twice(in * candidate, add_multiplier, add_shift);
    const int32_t cell = osc_clamp_s32(osc_fit((int64_t)kept + added, 15), -clip, clip);
    *c = (int16_t)cell;
    return osc_rescale_twice(out * osc_tanh_by_table(cell, cell_bits), multiplier, shift);
}

#endif
