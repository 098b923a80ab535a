/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels of osc_lstm_codes.h share that round twice. */
#ifndef OSC_LSTM_CODES_TWICE_H
#define OSC_LSTM_CODES_TWICE_H

#include "osc_fractions.h"
#include "osc_lstm_codes.h"

/* The logistic function of 0, 1/24, 2/24 ... in 1/65536. */
static const int32_t osc_logistic_table[256] = {
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
};

/* The table at a magnitude whose entries are 2**step apart, with so many more fraction bits. */
static inline int32_t osc_logistic_between(int32_t magnitude, int step, int32_t largest)
{
    const int32_t index = magnitude >> step, rest = magnitude & ((1 << step) - 1);
    if (index >= 255) {
        return largest;
    }
    const int32_t low = osc_logistic_table[index];
    return low * (1 << step) + rest * (osc_logistic_table[index + 1] - low);
}

/* Of numbers with 12 fraction bits, in Q15. */
static inline int32_t osc_sigmoid_by_table(int32_t x)
{
    const int32_t found = osc_logistic_between(x < 0 ? -3 * x : 3 * x, 9, 32767 * 1024);
    return x < 0 ? ((1 << 25) - found + 511) >> 10 : (found + 512) >> 10;
}

/* Of 16-bit numbers with integer bits, in Q15. */
static inline int32_t osc_tanh_by_table(int32_t x, int integer_bits)
{
    const int left = integer_bits > 3 ? integer_bits - 3 : 0, right = integer_bits < 3 ? 3 - integer_bits : 0;
    const int32_t scaled = (3 * x * (1 << left) + ((1 << right) >> 1)) >> right;
    const int32_t found = osc_logistic_between(scaled < 0 ? -scaled : scaled, 8, 65535 * 256);
    return scaled < 0 ? ((1 << 23) - found + 127) >> 8 : (found - (1 << 23) + 128) >> 8;
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
