/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_lanes.h"

#define OSC_WIDEN(weight) (weight)
OSC_ROW_SUM(float)

void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y)
{
    const float *row = matrix->weight;
    for (int r = 0; r < matrix->rows; r++, row += matrix->columns) {
        y[r] = osc_row_sum(row, matrix->bias[r], x, matrix->columns);
    }
}
