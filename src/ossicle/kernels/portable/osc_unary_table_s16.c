/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_unary.h"

void osc_unary_table_s16(const int16_t *restrict x, int16_t *restrict y, int n, const int16_t *restrict table,
                         int step)
{
    for (int i = 0; i < n; i++) {
        const int32_t place = x[i] + (256 << step);
        const int32_t index = osc_clamp_s32(place >> step, 0, 511);
        const int64_t rise = (int64_t)(table[index + 1] - table[index]) * (place - (index << step));
        const int64_t code = table[index] + ((rise + ((1 << step) >> 1)) >> step);
        y[i] = (int16_t)(code < INT16_MIN ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
    }
}
