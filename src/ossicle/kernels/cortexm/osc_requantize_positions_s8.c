/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"
#include "osc_requantize_rows.h"

static inline int32_t positive(int32_t value, int32_t zero_point)
{
    return OSC_SSAT(OSC_USAT(value, 15) + zero_point, 8);
}

static inline int32_t any_sign(int32_t value, int32_t zero_point)
{
    return OSC_SSAT(value + zero_point, 8);
}

#define POSITIVE(value) "usat " value ", #15, " value "\n\t" ANY_SIGN(value)
#define ANY_SIGN(value)                                                                                                \
    "add " value ", " value ", %[k]\n\t"                                                                               \
    "ssat " value ", #8, " value "\n\t"

OSC_REQUANTIZE_ROWS(positive_rows, int8_t, "strb", POSITIVE, positive)
OSC_REQUANTIZE_ROWS(any_rows, int8_t, "strb", ANY_SIGN, any_sign)

/* The lower limit is that of int8 or of a ReLU. Any other, and what is left of whole OSC_POSITIONS, is done position
 * by position. */
void osc_requantize_positions_s8(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                 int n, int32_t zero_point, int32_t low, int8_t *y, int y_step)
{
    const int usual = low == INT8_MIN || low == zero_point, whole = usual ? count / OSC_POSITIONS * OSC_POSITIONS : 0;
    (low == INT8_MIN ? any_rows : positive_rows)(requantization, sums, sums_step, whole, n, y, y_step, zero_point);
    for (int i = whole; i < count; i++) {
        osc_requantize_s8(requantization, sums + i * sums_step, n, zero_point, low, y + i * y_step);
    }
}
