/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of rows at several output positions, row by row: what a row needs stays in registers for all positions.
 *
 * Before this is included, osc_result_t is the type of a result. */
#ifndef OSC_REQUANTIZE_ROWS_H
#define OSC_REQUANTIZE_ROWS_H

#include "osc_rescale.h"

#ifdef __GNUC__
#define OSC_INLINE static inline __attribute__((always_inline))
#else
#define OSC_INLINE static inline
#endif

typedef int32_t (*osc_limit_t)(int32_t value);

/* A row: its sums are times multiplier / 2**(32 + places). */
typedef struct {
    int32_t bias, multiplier, places, half;
} osc_row_t;

/* Four positions. All are loaded before any is stored, so that compilers can interleave them and no
 * product is waited for; `limit`, a constant function, makes a code of a rescaled sum. */
OSC_INLINE void osc_requantize_four(const osc_row_t *row, const int32_t *sums, int sums_step, osc_result_t *y, int y_step,
                                    osc_limit_t limit)
{
    int32_t value[4];
    for (int i = 0; i < 4; i++) {
        value[i] = sums[i * sums_step] + row->bias;
    }
    for (int i = 0; i < 4; i++) {
        value[i] = row->half + (int32_t)(((int64_t)value[i] * row->multiplier) >> 32);
    }
    for (int i = 0; i < 4; i++) {
        y[i * y_step] = (osc_result_t)limit(value[i] >> row->places);
    }
}

#define OSC_POSITIONS 8

/* All rows at so many positions, whole OSC_POSITIONS. */
OSC_INLINE void osc_requantize_rows(const osc_requantize_t *requantization, const int32_t *sums, int sums_step,
                                    int count, int n, osc_result_t *y, int y_step, osc_limit_t limit)
{
    if (count == 0) {
        return;
    }
    for (int r = 0; r < n; r++) {
        const int32_t bias = requantization->bias[r], multiplier = requantization->multiplier[r];
        const int32_t places = requantization->shift[r] - 32;
        const int32_t *sum = sums + r;
        osc_result_t *to = y + r;
        if (places <= 0) {
            for (int i = 0; i < count; i++, sum += sums_step, to += y_step) {
                const int32_t value = osc_rescale_large(*sum + bias, multiplier, places + 32);
                *to = (osc_result_t)limit(value);
            }
            continue;
        }
        const osc_row_t row = {bias, multiplier, places, 1 << (places - 1)};
        for (int left = count; left > 0; left -= OSC_POSITIONS) {
            osc_requantize_four(&row, sum, sums_step, to, y_step, limit);
            sum += 4 * sums_step;
            to += 4 * y_step;
            osc_requantize_four(&row, sum, sums_step, to, y_step, limit);
            sum += 4 * sums_step;
            to += 4 * y_step;
        }
    }
}

#endif
