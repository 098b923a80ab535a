/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tall_blocks.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_tall_blocks_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    osc_sum_tall_blocks(matrix->weight, OSC_TALL_BYTES_S8, matrix->rows, x, y);
}
