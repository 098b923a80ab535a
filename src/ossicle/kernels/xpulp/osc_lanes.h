/* SPDX-License-Identifier: Apache-2.0 */
/* Products with float weights, in the order of the portable kernels and so with their bits: column c adds to the
 * partial sum c % 16 of its row. Compilers for these cores leave an array of partial sums in memory, so each has a
 * name here. */
#ifndef OSC_LANES_H
#define OSC_LANES_H

#include "osc_math.h"

#define OSC_LANES 16
#define OSC_EACH_LANE(what)                                                                                    \
    what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) what(12) \
        what(13) what(14) what(15)
#define OSC_BEGIN_LANE(l) float lane##l = 0.0f;
#define OSC_ADD_TO_LANE(l) lane##l += OSC_WIDEN(row[c + l]) * x[c + l];
#define OSC_ADD_LANE(l) sum += lane##l;

/* The sum of a row of weights from a bias on; OSC_WIDEN makes a float from a weight. */
#define OSC_ROW_SUM(type)                                                                \
    static inline float osc_row_sum(const type *row, type bias, const float *x, int columns) \
    {                                                                                    \
        const int whole = columns - columns % OSC_LANES;                                 \
        OSC_EACH_LANE(OSC_BEGIN_LANE)                                                    \
        for (int c = 0; c < whole; c += OSC_LANES) {                                     \
            OSC_EACH_LANE(OSC_ADD_TO_LANE)                                               \
        }                                                                                \
        float sum = OSC_WIDEN(bias);                                                     \
        OSC_EACH_LANE(OSC_ADD_LANE)                                                      \
        for (int c = whole; c < columns; c++) {                                          \
            sum += OSC_WIDEN(row[c]) * x[c];                                             \
        }                                                                                \
        return sum;                                                                      \
    }

#endif
