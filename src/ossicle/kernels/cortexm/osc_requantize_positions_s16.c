/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"

typedef int16_t osc_result_t;

#include "osc_requantize_rows.h"

OSC_INLINE int32_t positive(int32_t value)
{
    return osc_clamp_s32(value, 0, INT16_MAX);
}

OSC_INLINE int32_t any_sign(int32_t value)
{
    return OSC_SSAT(value, 16);
}

/* What is left of whole OSC_POSITIONS is done position by position. */
void osc_requantize_positions_s16(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                  int n, int32_t low, int16_t *y, int y_step)
{
    const int whole = count / OSC_POSITIONS * OSC_POSITIONS;
    if (low == 0) {
        osc_requantize_rows(requantization, sums, sums_step, whole, n, y, y_step, positive);
    } else {
        osc_requantize_rows(requantization, sums, sums_step, whole, n, y, y_step, any_sign);
    }
    for (int i = whole; i < count; i++) {
        osc_requantize_s16(requantization, sums + i * sums_step, n, low, y + i * y_step);
    }
}
