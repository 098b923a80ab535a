/* SPDX-License-Identifier: Apache-2.0 */
/* Products of one matrix with several operands: blocks of rows, OSC_WIDE side by side, times blocks of operands. Each
 * sum of a tile has a register, and each weight is read once for all operands of the tile.
 *
 * Before this is included, osc_tile is defined: it computes `vectors` registers of rows, the last of which has `n`
 * lanes, for so many operands; both are constants. */
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

OSC_INLINE void osc_tile(const osc_tiled_t *matrix, int row, int vectors, int n, const osc_operands_t *of, int first,
                         int operands);

OSC_INLINE void osc_block_of_rows(const osc_tiled_t *matrix, int row, int vectors, int n, const osc_operands_t *of)
{
    int i = 0;
    if (vectors == 1) {
        for (; i + 8 <= of->count; i += 8) {
            osc_tile(matrix, row, vectors, n, of, i, 8);
        }
    }
    for (; i + 4 <= of->count; i += 4) {
        osc_tile(matrix, row, vectors, n, of, i, 4);
    }
    for (; i < of->count; i++) {
        osc_tile(matrix, row, vectors, n, of, i, 1);
    }
}

OSC_INLINE void osc_all_tiles(const osc_tiled_t *matrix, const osc_operands_t *of)
{
    int row = 0;
    for (; row + OSC_WIDE < matrix->rows; row += 2 * OSC_WIDE) {
        const int left = matrix->rows - row - OSC_WIDE;
        osc_block_of_rows(matrix, row, 2, left < OSC_WIDE ? left : OSC_WIDE, of);
    }
    if (row < matrix->rows) {
        osc_block_of_rows(matrix, row, 1, matrix->rows - row, of);
    }
}

#endif
