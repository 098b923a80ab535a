/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int pairs = matrix->columns / 2;
    const uint8_t *row = matrix->weight;
    for (int r = 0; r < matrix->rows; r++, row += (matrix->columns + 1) / 2) {
        int32_t sum = 0;
        for (int p = 0; p < pairs; p++) {
            sum += osc_nibble(row[p], 0) * x[2 * p] + osc_nibble(row[p], 1) * x[2 * p + 1];
        }
        if (matrix->columns % 2) {
            sum += osc_nibble(row[pairs], 0) * x[2 * pairs];
        }
        y[r] = sum;
    }
}
