/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_logistic_table.h"
#include "osc_unary.h"

void osc_unary_sigmoid_by_table_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t multiplier,
                                    uint8_t shift)
{
    const int32_t half = (1 << shift) >> 1;
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_sigmoid_of_thirds((x[i] * multiplier + half) >> shift);
    }
}
