/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fractions.h"
#include "osc_lstm_codes.h"

static int32_t gate(const int32_t *sums, int n, int unit)
{
    return osc_fit((int64_t)osc_fit(sums[unit], 15) + sums[4 * n + unit], 15);
}

void osc_lstm_codes_float32_s8(const int32_t *sums, int8_t *h, int16_t *c, int n, int cell_bits, int32_t clip,
                               int32_t multiplier, uint8_t shift, int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        const int32_t in = osc_sigmoid_of_fraction(gate(sums, n, i), 3, 15);
        const int32_t forget = osc_sigmoid_of_fraction(gate(sums, n, n + i), 3, 15);
        const int32_t candidate = osc_tanh_of_fraction(gate(sums, n, 2 * n + i), 3, 15);
        const int32_t out = osc_sigmoid_of_fraction(gate(sums, n, 3 * n + i), 3, 15);
        const int32_t kept = osc_shift_away(forget * c[i], 15);
        const int32_t cell = osc_fit((int64_t)kept + osc_shift_away(in * candidate, 15 + cell_bits), 15);
        const int32_t limited = osc_clamp_s32(cell, -clip, clip);
        const int32_t result = osc_rescale_twice(out * osc_tanh_of_fraction(limited, cell_bits, 15), multiplier, shift);
        c[i] = (int16_t)limited;
        h[i] = (int8_t)osc_clamp_s32(osc_clamp_s32(result, -512, 512) + zero_point, INT8_MIN, INT8_MAX);
    }
}
