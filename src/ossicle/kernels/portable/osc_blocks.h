/* SPDX-License-Identifier: Apache-2.0 */
/* Products with weights of which most blocks of four (tall: 16) rows and two columns are zero, as layouts/blocks.py
 * says, otherwise like those of osc_kernels.h. Matrices have two columns at least. The widened one needs scratch of an int16 a column. */
#ifndef OSC_BLOCKS_H
#define OSC_BLOCKS_H

#include "osc_kernels.h"

void osc_matvec_blocks_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y);
void osc_matvec_blocks_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_tall_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_blocks_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y, int32_t *scratch);

#define OSC_BLOCK_HEIGHT 4
#define OSC_TALL_ROWS 16
#define OSC_BLOCK_WORDS 2
#define OSC_BLOCK_PAIR_WORDS 5

/* Words of the blocks of four rows, of so many words each, behind the one that counts them. */
static inline int osc_block_words(int count, int words)
{
    return (count + 1) / 2 + words * count;
}

#endif
