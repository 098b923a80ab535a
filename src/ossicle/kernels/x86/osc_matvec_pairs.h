/* SPDX-License-Identifier: Apache-2.0 */
/* The product of a matrix in the layout of pairs with one operand. Each sum of a block of rows has a register, and
 * the weights are read from the first to the last.
 *
 * Before this is included, osc_operand_t and osc_neighbours() are defined. */
#include "osc_pairs.h"

#ifdef OSC_WIDE
#define OSC_SUMS 8
#define OSC_BLOCK_VECTORS (OSC_BLOCK_ROWS / OSC_WIDE)

/* Registers of rows from `row` on, the last of which has `n` lanes, of a block of `rows`. Their number is a constant;
 * where it is small, each row has several sums, so that an addition need not wait for the one before. */
OSC_INLINE void osc_sum_rows(const int8_t *block, int rows, int row, int vectors, int n, int columns,
                             const osc_operand_t *x, int32_t *y)
{
    const int8_t *weight = block + 2 * row;
    const int chains = OSC_SUMS / vectors, even = columns - columns % 2;
    osc_ints_t sum[OSC_SUMS];
    for (int s = 0; s < OSC_SUMS; s++) {
        sum[s] = OSC_OP(set1_epi32)(0);
    }
    if (even < columns) {
        /* Of the last column there is one byte a row. */
        const osc_ints_t value = OSC_OP(set1_epi32)((uint16_t)x[even]);
        for (int v = 0; v < vectors; v++) {
            const int8_t *const last = block + even * rows + row + v * OSC_WIDE;
            sum[v] = osc_add_pairs(sum[v], osc_get_s8(last, v + 1 < vectors ? OSC_WIDE : n), value);
        }
    }
    int c = 0;
    for (; c + 2 * chains <= columns; c += 2 * chains) {
        for (int chain = 0; chain < chains; chain++, weight += 2 * rows) {
            const osc_ints_t pair = osc_neighbours(x + c + 2 * chain);
            for (int v = 0; v < vectors; v++) {
                const osc_ints_t weights = osc_get_pairs(weight + 2 * v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n);
                sum[chain * vectors + v] = osc_add_pairs(sum[chain * vectors + v], weights, pair);
            }
        }
    }
    for (; chains > 1 && c < even; c += 2, weight += 2 * rows) {
        const osc_ints_t pair = osc_neighbours(x + c);
        for (int v = 0; v < vectors; v++) {
            const osc_ints_t weights = osc_get_pairs(weight + 2 * v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n);
            sum[v] = osc_add_pairs(sum[v], weights, pair);
        }
    }
    for (int v = 0; v < vectors; v++) {
        for (int chain = 1; chain < chains; chain++) {
            sum[v] = OSC_OP(add_epi32)(sum[v], sum[chain * vectors + v]);
        }
        osc_put_ints(y + row + v * OSC_WIDE, sum[v], v + 1 < vectors ? OSC_WIDE : n);
    }
}
#endif

static inline void osc_matvec_pairs(const osc_matrix_s8_t *matrix, const osc_operand_t *x, int32_t *y)
{
    const int columns = matrix->columns;
    const int8_t *weight = matrix->weight;
    for (int row = 0; row < matrix->rows; row += OSC_BLOCK_ROWS) {
        const int rows = osc_block_rows(matrix->rows, row);
#ifdef OSC_WIDE
        if (rows == OSC_BLOCK_ROWS) {
            osc_sum_rows(weight, OSC_BLOCK_ROWS, 0, OSC_BLOCK_VECTORS, OSC_WIDE, columns, x, y + row);
        } else {
            int r = 0;
            for (; r + OSC_WIDE <= rows; r += OSC_WIDE) {
                osc_sum_rows(weight, rows, r, 1, OSC_WIDE, columns, x, y + row);
            }
            if (r < rows && r > 0) {
                osc_sum_rows(weight, rows, rows - OSC_WIDE, 1, OSC_WIDE, columns, x, y + row); /* some rows again */
            } else if (r < rows) {
                osc_sum_rows(weight, rows, r, 1, rows, columns, x, y + row);
            }
        }
#else
        const int even = columns - columns % 2;
        for (int r = 0; r < rows; r++) {
            int32_t sum = even < columns ? weight[even * rows + r] * x[even] : 0;
            for (int c = 0; c < even; c++) {
                sum += weight[(c - c % 2) * rows + 2 * r + c % 2] * x[c];
            }
            y[row + r] = sum;
        }
#endif
        weight += rows * columns;
    }
}
