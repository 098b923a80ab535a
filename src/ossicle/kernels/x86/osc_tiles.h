/* SPDX-License-Identifier: Apache-2.0 */
/* Products of one matrix with several operands: blocks of rows, OSC_WIDE side by side, times blocks of operands. Each
 * sum of a tile has a register, and each weight is read once for all operands of the tile.
 *
 * Before this is included, osc_tiled_t, osc_operand_t and osc_sum_t are defined, and OSC_VECTORS_OF_EIGHT, the most
 * registers of rows that are multiplied by eight operands at once. */
#ifndef OSC_TILES_H
#define OSC_TILES_H

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

/* The rows from `begin` to `end`, of which a tile may take any that follow each other. Where masks cost time, the last
 * tile begins early enough to be whole: it computes some rows again. */
OSC_INLINE void osc_tiles_of_rows(const osc_tiled_t *matrix, int begin, int end, const osc_operands_t *of)
{
    const int whole = OSC_MASKS_ARE_FREE ? 0 : end - begin;
    int row = begin;
    for (; row + 2 * OSC_WIDE <= end; row += 2 * OSC_WIDE) {
        osc_block_of_rows(matrix, row, 2, OSC_WIDE, of); /* whose lanes are known to the compiler */
    }
    const int left = end - row;
    if (left == 0) {
        return;
    }
    if (left > OSC_WIDE && whole >= 2 * OSC_WIDE) {
        osc_block_of_rows(matrix, end - 2 * OSC_WIDE, 2, OSC_WIDE, of);
    } else if (whole >= OSC_WIDE) {
        for (; row < end; row += OSC_WIDE) {
            osc_block_of_rows(matrix, row + OSC_WIDE <= end ? row : end - OSC_WIDE, 1, OSC_WIDE, of);
        }
    } else if (left > OSC_WIDE) {
        osc_block_of_rows(matrix, row, 2, left - OSC_WIDE, of);
    } else {
        osc_block_of_rows(matrix, row, 1, left, of);
    }
}

#endif
