/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"

/* Every operand is multiplied many times, and widened once. */
void osc_matvec_blocks_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y, int32_t *scratch)
{
    int16_t *const wide = (int16_t *)(void *)scratch;
    for (int c = 0; c < matrix->columns; c++) {
        wide[c] = x[c];
    }
    osc_matvec_blocks_w8a16(matrix, wide, y);
}
