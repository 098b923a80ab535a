/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

/* Sums of four rows, which share each load of the operand. The emitter has proved that no accumulator overflows. */
static void four_rows(const int8_t *a, const int16_t *x, int columns, int32_t y[4])
{
    const int8_t *b = a + columns, *c = b + columns, *d = c + columns;
    int32_t sums[4] = {0, 0, 0, 0};
    for (int left = columns; left > 0; left -= 8) {
        const mve_pred16_t lanes = vctp16q((uint32_t)left);
        const int16x8_t operand = vldrhq_z_s16(x, lanes);
        sums[0] = vmladavaq_p_s16(sums[0], vldrbq_z_s16(a, lanes), operand, lanes);
        sums[1] = vmladavaq_p_s16(sums[1], vldrbq_z_s16(b, lanes), operand, lanes);
        sums[2] = vmladavaq_p_s16(sums[2], vldrbq_z_s16(c, lanes), operand, lanes);
        sums[3] = vmladavaq_p_s16(sums[3], vldrbq_z_s16(d, lanes), operand, lanes);
        x += 8, a += 8, b += 8, c += 8, d += 8;
    }
    for (int r = 0; r < 4; r++) {
        y[r] = sums[r];
    }
}

static int32_t one_row(const int8_t *a, const int16_t *x, int columns)
{
    int32_t sum = 0;
    for (int left = columns; left > 0; left -= 8) {
        const mve_pred16_t lanes = vctp16q((uint32_t)left);
        sum = vmladavaq_p_s16(sum, vldrbq_z_s16(a, lanes), vldrhq_z_s16(x, lanes), lanes);
        x += 8, a += 8;
    }
    return sum;
}

void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
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
