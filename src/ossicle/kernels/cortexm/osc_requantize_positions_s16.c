/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"
#include "osc_requantize_rows.h"

static inline int32_t positive(int32_t value, int32_t unused)
{
    (void)unused;
    return OSC_USAT(value, 15);
}

static inline int32_t any_sign(int32_t value, int32_t unused)
{
    (void)unused;
    return OSC_SSAT(value, 16);
}

#define POSITIVE(value) "usat " value ", #15, " value "\n\t"
#define ANY_SIGN(value) "ssat " value ", #16, " value "\n\t"

OSC_REQUANTIZE_ROWS(positive_rows, int16_t, "strh", POSITIVE, positive)
OSC_REQUANTIZE_ROWS(any_rows, int16_t, "strh", ANY_SIGN, any_sign)

/* What is left of whole OSC_POSITIONS is done position by position. */
void osc_requantize_positions_s16(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                  int n, int32_t low, int16_t *y, int y_step)
{
    const int whole = count / OSC_POSITIONS * OSC_POSITIONS;
    (low == 0 ? positive_rows : any_rows)(requantization, sums, sums_step, whole, n, y, y_step, 0);
    for (int i = whole; i < count; i++) {
        osc_requantize_s16(requantization, sums + i * sums_step, n, low, y + i * y_step);
    }
}
