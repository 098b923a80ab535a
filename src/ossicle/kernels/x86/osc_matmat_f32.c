/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tiles_f32.h"

void osc_matmat_f32(const osc_matrix_f32_t *matrix, const float *x, int x_step, int count, float *y, int y_step)
{
#ifdef OSC_WIDE
    osc_tiles_of_rows(matrix, 0, matrix->rows, &(osc_operands_t){x, x_step, count, y, y_step});
#else
    for (int i = 0; i < count; i++) {
        for (int r = 0; r < matrix->rows; r++) {
            y[i * y_step + r] = matrix->bias[r];
        }
        for (int c = 0; c < matrix->columns; c++) {
            for (int r = 0; r < matrix->rows; r++) {
                y[i * y_step + r] += matrix->weight[c * matrix->rows + r] * x[i * x_step + c];
            }
        }
    }
#endif
}
