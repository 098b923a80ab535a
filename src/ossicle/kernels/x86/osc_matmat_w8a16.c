/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_pairs.h"

#ifdef OSC_WIDE
typedef osc_matrix_s8_t osc_tiled_t;
typedef int16_t osc_operand_t;
typedef int32_t osc_sum_t;
#define OSC_VECTORS_OF_EIGHT 1
#define OSC_OPERANDS 8
#define OSC_VECTORS 2

#include "osc_tiles.h"

OSC_INLINE void osc_tile(const osc_matrix_s8_t *matrix, int row, int vectors, int n, const osc_operands_t *of,
                         int first, int operands)
{
    const int place = row % OSC_BLOCK_ROWS, rows = osc_block_rows(matrix->rows, row - place);
    const int8_t *weight = matrix->weight + (row - place) * matrix->columns + 2 * place;
    const int16_t *x = of->x + first * of->x_step;
    int32_t *const y = of->y + first * of->y_step + row;
    const int even = matrix->columns - matrix->columns % 2;
    osc_ints_t sum[OSC_OPERANDS][OSC_VECTORS];
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = OSC_OP(set1_epi32)(0);
        }
    }
    if (even < matrix->columns) {
        /* Of the last column there is one byte a row. */
        const int8_t *const last = weight + even * rows - place;
        for (int v = 0; v < vectors; v++) {
            const osc_ints_t weights = osc_get_s8(last + v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n);
            for (int i = 0; i < operands; i++) {
                const osc_ints_t value = OSC_OP(set1_epi32)((uint16_t)x[i * of->x_step + even]);
                sum[i][v] = osc_add_pairs(sum[i][v], weights, value);
            }
        }
    }
    /* Two at a time, since counting takes as long as a product. */
#pragma GCC unroll 2
    for (int c = 0; c < even; c += 2, weight += 2 * rows) {
        osc_ints_t weights[OSC_VECTORS];
        for (int v = 0; v < vectors; v++) {
            weights[v] = osc_get_pairs(weight + 2 * v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n);
        }
        for (int i = 0; i < operands; i++) {
            const osc_ints_t pair = osc_neighbours_s16(x + i * of->x_step + c);
            for (int v = 0; v < vectors; v++) {
                sum[i][v] = osc_add_pairs(sum[i][v], weights[v], pair);
            }
        }
    }
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            osc_put_ints(y + i * of->y_step + v * OSC_WIDE, sum[i][v], v + 1 < vectors ? OSC_WIDE : n);
        }
    }
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_matmat_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int x_step, int count, int32_t *y, int y_step)
{
#ifdef OSC_WIDE
    for (int row = 0; row < matrix->rows; row += OSC_BLOCK_ROWS) {
        const int end = row + osc_block_rows(matrix->rows, row);
        osc_tiles_of_rows(matrix, row, end, &(osc_operands_t){x, x_step, count, y, y_step});
    }
#else
    const int columns = matrix->columns, even = columns - columns % 2;
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        for (int row = 0; row < matrix->rows; row++) {
            const int place = row % OSC_BLOCK_ROWS, rows = osc_block_rows(matrix->rows, row - place);
            const int8_t *const block = matrix->weight + (row - place) * columns;
            int32_t sum = even < columns ? block[even * rows + place] * x[even] : 0;
            for (int c = 0; c < even; c++) {
                sum += block[(c - c % 2) * rows + 2 * place + c % 2] * x[c];
            }
            y[row] = sum;
        }
    }
#endif
}
