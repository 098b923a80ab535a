/* SPDX-License-Identifier: Apache-2.0 */
/* Products of one matrix of 8 bits with several operands on Cortex-M. A pair of rows is multiplied by two operands at a
 * time: they share the loads of the weights and their extension, and the sums just fit into the registers.
 *
 * Before this is included, osc_operand_t is the type of an operand, and OSC_GROUP how many columns are multiplied at a
 * time: osc_multiply_1 and osc_multiply_2 give the sums of so many groups, at least one, of two rows at two operands.
 * The words of the rows' weights lie one or two words apart. osc_single_row gives the sum of a row that has no pair. */
#ifndef OSC_MATMAT_PAIRS_H
#define OSC_MATMAT_PAIRS_H

#include "osc_smlad.h"

/* Two rows at an even number of operands. */
#define OSC_PAIR_OF_ROWS(NAME, MULTIPLY)                                                                               \
    OSC_LAYER static void NAME(const uint32_t *weights, const osc_operand_t *x, int x_step, int32_t *y, int y_step,    \
                               int count, int groups)                                                                  \
    {                                                                                                                  \
        for (; count != 0; count -= 2, x += 2 * x_step, y += 2 * y_step) {                                             \
            MULTIPLY(weights, x, x + x_step, groups, y, y_step);                                                       \
        }                                                                                                              \
    }

OSC_PAIR_OF_ROWS(osc_pair_alone, osc_multiply_1)
OSC_PAIR_OF_ROWS(osc_pair_of_four, osc_multiply_2)

/* One more column of two rows, whose weights are a halfword. */
OSC_LAYER static void osc_add_column(uint16_t weights, const osc_operand_t *x, int x_step, int32_t *y, int y_step,
                                     int count)
{
    const int32_t both = (int16_t)weights, second = (int8_t)(weights & 0xffu), first = (both - second) >> 8;
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        y[0] += first * *x;
        y[1] += second * *x;
    }
}

/* Likewise the columns that are no whole group. Of `pairs` pairs that are interleaved word by word, those of an odd last
 * column lie side by side. */
OSC_LAYER static void osc_add_rest(const uint16_t *weights, int pairs, int pair, int columns, const osc_operand_t *x,
                                   int x_step, int32_t *y, int y_step, int count)
{
    for (int c = columns / OSC_GROUP * OSC_GROUP; c < columns; c++) {
        const int word = c / 2 * 2 * pairs, alone = columns % 2 && c == columns - 1;
        osc_add_column(weights[word + (alone ? pair : 2 * pair + c % 2)], x + c, x_step, y, y_step, count);
    }
}

/* All rows at an even number of operands; there is a group of columns at least. */
static void osc_matmat_pairs(const osc_matrix_s8_t *matrix, const osc_operand_t *x, int x_step, int32_t *y, int y_step,
                             int count)
{
    const int rows = matrix->rows, columns = matrix->columns, groups = columns / OSC_GROUP;
    const uint16_t *weights = (const uint16_t *)(const void *)matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4, weights += 2 * columns) {
        const uint32_t *const words = (const uint32_t *)(const void *)weights;
        for (int pair = 0; pair < 2; pair++) {
            osc_pair_of_four(words + pair, x, x_step, y + r + 2 * pair, y_step, count, groups);
            osc_add_rest(weights, 2, pair, columns, x, x_step, y + r + 2 * pair, y_step, count);
        }
    }
    if (r + 2 <= rows) {
        osc_pair_alone((const uint32_t *)(const void *)weights, x, x_step, y + r, y_step, count, groups);
        osc_add_rest(weights, 1, 0, columns, x, x_step, y + r, y_step, count);
        weights += columns;
        r += 2;
    }
    if (r < rows) {
        for (int i = 0; i < count; i++) {
            y[i * y_step + r] = osc_single_row((const int8_t *)(const void *)weights, x + i * x_step, columns);
        }
    }
}

#endif
