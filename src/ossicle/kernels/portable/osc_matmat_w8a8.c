/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

typedef int8_t osc_weight_t;
typedef int8_t osc_operand_t;
typedef int32_t osc_sum_t;

#include "osc_matmat.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matmat_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int x_step, int count, int32_t *y, int y_step)
{
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        for (int r = 0; r < matrix->rows; r++) {
            y[r] = 0;
        }
        osc_add_product(matrix->weight, matrix->rows, matrix->columns, x, y);
    }
}
