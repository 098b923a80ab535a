/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_several.h"

/* The emitter has proved that no accumulator overflows. An odd operand is left to this set's osc_matvec_w8a16, which
 * reads the weights in the same layout. */
void osc_matmat_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int x_step, int count, int32_t *y, int y_step)
{
    const int paired = matrix->columns < 2 ? 0 : count / 2 * 2;
    if (paired) {
        osc_all_rows(matrix, x, x_step, y, y_step, paired);
    }
    for (int i = paired; i < count; i++) {
        osc_matvec_w8a16(matrix, x + i * x_step, y + i * y_step);
    }
}
