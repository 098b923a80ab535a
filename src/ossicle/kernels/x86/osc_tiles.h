/* SPDX-License-Identifier: Apache-2.0 */
/* Products of one matrix with several operands: blocks of rows, OSC_WIDE side by side, times blocks of operands. Each
 * sum of a tile has a register, and each weight is read once for all operands of the tile.
 *
 * Before this is included, osc_tiled_t, osc_operand_t and osc_sum_t are defined, and OSC_VECTORS_OF_EIGHT, the most
 * registers of rows that are multiplied by eight operands at once. */
#ifndef OSC_TILES_H
#define OSC_TILES_H

#define OSC_INLINE static inline __attribute__((always_inline))

/* The operands of the parameters that kernels of several operands have. */
typedef struct {
    const osc_operand_t *x;
    int x_step, count;
    osc_sum_t *y;
    int y_step;
} osc_operands_t;

/* One or two registers of rows from `row` on, the last of which has `n` lanes, times `operands` from the one named
 * first. Both numbers are constants. */
OSC_INLINE void osc_tile(const osc_tiled_t *matrix, int row, int vectors, int n, const osc_operands_t *of, int first,
                         int operands);

OSC_INLINE void osc_block_of_rows(const osc_tiled_t *matrix, int row, int vectors, int n, const osc_operands_t *of)
{
    int i = 0;
    for (; vectors <= OSC_VECTORS_OF_EIGHT && i + 8 <= of->count; i += 8) {
        osc_tile(matrix, row, vectors, n, of, i, 8);
    }
    for (; i + 4 <= of->count; i += 4) {
        osc_tile(matrix, row, vectors, n, of, i, 4);
    }
    for (; i + 2 <= of->count; i += 2) {
        osc_tile(matrix, row, vectors, n, of, i, 2);
    }
    for (; i < of->count; i++) {
        osc_tile(matrix, row, vectors, n, of, i, 1);
    }
}

OSC_INLINE void osc_all_tiles(const osc_tiled_t *matrix, const osc_operands_t *of)
{
    int row = 0;
    for (; row + 2 * OSC_WIDE <= matrix->rows; row += 2 * OSC_WIDE) {
        osc_block_of_rows(matrix, row, 2, OSC_WIDE, of); /* whose lanes are known to the compiler */
    }
    for (; row + OSC_WIDE < matrix->rows; row += 2 * OSC_WIDE) {
        const int left = matrix->rows - row - OSC_WIDE;
        osc_block_of_rows(matrix, row, 2, left < OSC_WIDE ? left : OSC_WIDE, of);
    }
    if (row < matrix->rows) {
        osc_block_of_rows(matrix, row, 1, matrix->rows - row, of);
    }
}

#endif
