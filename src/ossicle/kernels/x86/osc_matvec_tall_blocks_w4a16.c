/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tall_blocks.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_tall_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    osc_sum_tall_blocks(matrix->weight, OSC_TALL_BYTES_S4, matrix->rows, x, y);
}
