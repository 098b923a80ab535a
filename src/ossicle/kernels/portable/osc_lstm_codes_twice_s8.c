/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_lstm_codes_twice.h"

void osc_lstm_codes_twice_s8(const int32_t *sums, int8_t *h, int16_t *c, int n, int cell_bits, int32_t clip,
                             int32_t add_multiplier, uint8_t add_shift, int32_t multiplier, uint8_t shift,
                             int32_t zero_point)
{
    for (int i = 0; i < n; i++) {
        const int32_t result =
            osc_lstm_codes_unit(sums, c + i, n, i, cell_bits, clip, add_multiplier, add_shift, multiplier, shift);
        h[i] = (int8_t)osc_clamp_s32(osc_clamp_s32(result, -512, 512) + zero_point, INT8_MIN, INT8_MAX);
    }
}
