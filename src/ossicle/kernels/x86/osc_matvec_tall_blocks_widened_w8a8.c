/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tall_blocks.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_tall_blocks_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y, int32_t *scratch)
{
    int16_t *const wide = (int16_t *)(void *)scratch;
    for (int c = 0; c < matrix->columns; c++) {
        wide[c] = x[c];
    }
    osc_sum_tall_blocks(matrix->weight, OSC_TALL_BYTES_S8, matrix->rows, wide, y);
}
