/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix in the layout of quads: blocks of OSC_BLOCK_ROWS rows, the last of which may have fewer; in a block, four columns
 * after another, the four weights of all its rows, and zeros for columns that are not there. 128 times the sum of each row
 * follows. */
#ifndef OSC_QUADS_H
#define OSC_QUADS_H

#include "osc_vectors.h"

#define OSC_BLOCK_ROWS 64

/* How many rows the block has that begins with row `first`. */
static inline int osc_block_rows(int rows, int first)
{
    return rows - first < OSC_BLOCK_ROWS ? rows - first : OSC_BLOCK_ROWS;
}

static inline int osc_whole_columns(int columns)
{
    return (columns + 3) / 4 * 4;
}

#ifdef OSC_WIDE
/* 32 bits in each lane: four weights, or a sum of a row. */
static inline osc_ints_t osc_get_words(const int8_t *x, int n)
{
    return osc_get_ints((const int32_t *)(const void *)x, n);
}

static inline const int8_t *osc_sums_of_rows(const osc_matrix_s8_t *matrix)
{
    return matrix->weight + matrix->rows * osc_whole_columns(matrix->columns);
}
#else
static inline int32_t osc_weight_at(const osc_matrix_s8_t *matrix, int row, int column)
{
    const int place = row % OSC_BLOCK_ROWS, rows = osc_block_rows(matrix->rows, row - place);
    const int8_t *const block = matrix->weight + (row - place) * osc_whole_columns(matrix->columns);
    return block[(column / 4 * rows + place) * 4 + column % 4];
}
#endif

#endif
