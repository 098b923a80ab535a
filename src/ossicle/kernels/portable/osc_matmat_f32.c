/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

typedef float osc_weight_t;
typedef float osc_operand_t;
typedef float osc_sum_t;

#include "osc_matmat.h"

void osc_matmat_f32(const osc_matrix_f32_t *matrix, const float *x, int x_step, int count, float *y, int y_step)
{
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        for (int r = 0; r < matrix->rows; r++) {
            y[r] = matrix->bias[r];
        }
        osc_add_product(matrix->weight, matrix->rows, matrix->columns, x, y);
    }
}
