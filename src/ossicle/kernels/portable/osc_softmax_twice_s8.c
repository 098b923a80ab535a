/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fractions.h"

/* The power of a difference of codes, without integer bits. */
static int32_t power(int32_t below, int32_t multiplier, uint8_t shift, int32_t largest)
{
    return below > largest ? 0 : osc_exp_of_negative(osc_rescale_twice(-below, multiplier, shift), 5, 31);
}

void osc_softmax_twice_s8(const int8_t *x, int8_t *y, int n, int32_t multiplier, uint8_t shift, int32_t largest,
                          int32_t zero_point)
{
    int32_t most = x[0];
    uint32_t sum = 0;
    for (int i = 1; i < n; i++) {
        most = x[i] > most ? x[i] : most;
    }
    for (int i = 0; i < n; i++) {
        sum += (uint32_t)osc_shift_away(power(most - x[i], multiplier, shift, largest), 12);
    }
    int headroom = 0;
    for (; sum < 0x80000000u; sum <<= 1) {
        headroom++;
    }
    const int32_t inverse = osc_fit((int64_t)osc_twice_reciprocal((int32_t)(sum - 0x80000000u), 31) * 2, 31);
    for (int i = 0; i < n; i++) {
        const int32_t share = osc_times(inverse, power(most - x[i], multiplier, shift, largest), 31);
        const int32_t result = osc_shift_away(share, 12 - headroom + 31 - 8);
        y[i] = (int8_t)osc_clamp_s32(result + zero_point, INT8_MIN, INT8_MAX);
    }
}
