/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t *y)
{
    const int16_t *row = matrix->weight;
    for (int r = 0; r < matrix->rows; r++, row += matrix->columns) {
        int32_t sum = 0;
        for (int c = 0; c < matrix->columns; c++) {
            sum += row[c] * x[c];
        }
        y[r] = sum;
    }
}
