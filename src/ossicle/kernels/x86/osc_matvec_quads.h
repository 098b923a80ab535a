/* SPDX-License-Identifier: Apache-2.0 */
/* The product of a matrix in the layout of quads with one operand. Weights are read from the first to the last, and each
 * sum of some rows stays in a register.
 *
 * Before this is included, osc_operand_t is defined, and with registers OSC_SUMS, how many registers of rows are added up at
 * once, and what the operand is to them. */
#ifndef OSC_MATVEC_QUADS_H
#define OSC_MATVEC_QUADS_H

#include "osc_quads.h"

#ifdef OSC_WIDE
/* Four columns of the operand, in each lane or in each two lanes. */
OSC_INLINE osc_columns_t osc_four_columns(const osc_operand_t *x);

#ifdef OSC_ADDS_BYTES
/* Adds the products with the four weights of each lane. */
OSC_INLINE void osc_add_columns(osc_rows_t *sum, osc_ints_t weights, osc_columns_t x);

/* The sum of each lane, from 128 times the sum of its weights. */
OSC_INLINE osc_ints_t osc_total(osc_rows_t sum, osc_ints_t correction);

OSC_INLINE void osc_add_rows(osc_rows_t *sum, const int8_t *weight, int n, osc_columns_t x)
{
    osc_add_columns(sum, osc_get_words(weight, n), x);
}
#else
/* Rows of the lower and of the upper half of a register, two lanes each. */
typedef struct {
    osc_ints_t first, last;
} osc_rows_t;

OSC_INLINE void osc_add_rows(osc_rows_t *sum, const int8_t *weight, int n, osc_columns_t x)
{
    sum->first = osc_add_pairs(sum->first, osc_get_pairs(weight, 2 * n), x);
    if (2 * n > OSC_WIDE) {
        sum->last = osc_add_pairs(sum->last, osc_get_pairs(weight + 2 * OSC_WIDE, 2 * n - OSC_WIDE), x);
    }
}

OSC_INLINE osc_ints_t osc_total(osc_rows_t sum, osc_ints_t correction)
{
    (void)correction;
    return osc_add_neighbours(sum.first, sum.last);
}
#endif

/* Registers of rows, the last of which has `n` lanes; `step` is from four columns to the next ones, and `last` are those of
 * the operand that are less than four, and zeros. The number of registers is a constant; where it is small, each row
 * has several sums, so that an addition need not wait for the one before. */
OSC_INLINE void osc_sum_rows(const int8_t *weight, int step, int vectors, int n, int columns, const osc_operand_t *x,
                             const osc_operand_t *last, const int8_t *corrections, int32_t *y)
{
    const int chains = OSC_SUMS / vectors;
    osc_rows_t sum[OSC_SUMS] = {0};
    int c = 0;
    for (; c + 4 * chains <= columns; c += 4 * chains) {
        for (int chain = 0; chain < chains; chain++, weight += step) {
            const osc_columns_t four = osc_four_columns(x + c + 4 * chain);
            for (int v = 0; v < vectors; v++) {
                const int lanes = v + 1 < vectors ? OSC_WIDE : n;
                osc_add_rows(&sum[chain * vectors + v], weight + 4 * v * OSC_WIDE, lanes, four);
            }
        }
    }
    for (; c < columns; c += 4, weight += step) {
        const osc_columns_t four = osc_four_columns(c + 4 <= columns ? x + c : last);
        for (int v = 0; v < vectors; v++) {
            osc_add_rows(&sum[v], weight + 4 * v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n, four);
        }
    }
    for (int v = 0; v < vectors; v++) {
        const int lanes = v + 1 < vectors ? OSC_WIDE : n;
        osc_ints_t total = osc_total(sum[v], osc_get_words(corrections + 4 * v * OSC_WIDE, lanes));
        for (int chain = 1; chain < chains; chain++) {
            total = OSC_OP(add_epi32)(total, osc_total(sum[chain * vectors + v], OSC_OP(set1_epi32)(0)));
        }
        osc_put_ints(y + v * OSC_WIDE, total, lanes);
    }
}

/* The rows of a block. What does not fill four registers is added up by single ones, the last of which begins early enough
 * to be whole, where there is one. */
OSC_INLINE void osc_sum_block(const int8_t *weight, int rows, int columns, const osc_operand_t *x, const osc_operand_t *last,
                              const int8_t *corrections, int32_t *y)
{
    const int step = 4 * rows;
    int r = 0;
    for (; r + 4 * OSC_WIDE <= rows; r += 4 * OSC_WIDE) {
        osc_sum_rows(weight + 4 * r, step, 4, OSC_WIDE, columns, x, last, corrections + 4 * r, y + r);
    }
    for (; r < rows; r += OSC_WIDE) {
        if (rows < OSC_WIDE) {
            osc_sum_rows(weight, step, 1, rows, columns, x, last, corrections, y);
        } else {
            const int from = r + OSC_WIDE <= rows ? r : rows - OSC_WIDE;
            osc_sum_rows(weight + 4 * from, step, 1, OSC_WIDE, columns, x, last, corrections + 4 * from, y + from);
        }
    }
}
#endif

OSC_INLINE void osc_matvec_quads(const osc_matrix_s8_t *matrix, const osc_operand_t *x, int32_t *y)
{
    const int columns = matrix->columns;
#ifdef OSC_WIDE
    const int8_t *const corrections = osc_sums_of_rows(matrix);
    const int8_t *weight = matrix->weight;
    osc_operand_t last[4] = {0};
    for (int c = columns / 4 * 4; c < columns; c++) {
        last[c % 4] = x[c];
    }
    for (int row = 0; row < matrix->rows; row += OSC_BLOCK_ROWS) {
        const int rows = osc_block_rows(matrix->rows, row);
        if (rows == OSC_BLOCK_ROWS) {
            osc_sum_block(weight, OSC_BLOCK_ROWS, columns, x, last, corrections + 4 * row, y + row);
        } else {
            osc_sum_block(weight, rows, columns, x, last, corrections + 4 * row, y + row);
        }
        weight += rows * osc_whole_columns(columns);
    }
#else
    for (int row = 0; row < matrix->rows; row++) {
        int32_t sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += osc_weight_at(matrix, row, c) * x[c];
        }
        y[row] = sum;
    }
#endif
}

#endif
