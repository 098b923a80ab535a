/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

/* Sums of four rows, which share each load of the operand. The emitter has proved that no accumulator overflows. */
static void four_rows(const int8_t *a, const int8_t *x, int columns, int32_t y[4])
{
    const int8_t *b = a + columns, *c = b + columns, *d = c + columns;
    int32_t sums[4] = {0, 0, 0, 0};
    for (int left = columns; left > 0; left -= 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)left);
        const int8x16_t operand = vldrbq_z_s8(x, lanes);
        sums[0] = vmladavaq_p_s8(sums[0], vldrbq_z_s8(a, lanes), operand, lanes);
        sums[1] = vmladavaq_p_s8(sums[1], vldrbq_z_s8(b, lanes), operand, lanes);
        sums[2] = vmladavaq_p_s8(sums[2], vldrbq_z_s8(c, lanes), operand, lanes);
        sums[3] = vmladavaq_p_s8(sums[3], vldrbq_z_s8(d, lanes), operand, lanes);
        x += 16, a += 16, b += 16, c += 16, d += 16;
    }
    for (int r = 0; r < 4; r++) {
        y[r] = sums[r];
    }
}

static int32_t one_row(const int8_t *a, const int8_t *x, int columns)
{
    int32_t sum = 0;
    for (int left = columns; left > 0; left -= 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)left);
        sum = vmladavaq_p_s8(sum, vldrbq_z_s8(a, lanes), vldrbq_z_s8(x, lanes), lanes);
        x += 16, a += 16;
    }
    return sum;
}

void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const int8_t *row = matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4, row += 4 * columns) {
        four_rows(row, x, columns, y + r);
    }
    for (; r < rows; r++, row += columns) {
        y[r] = one_row(row, x, columns);
    }
}
