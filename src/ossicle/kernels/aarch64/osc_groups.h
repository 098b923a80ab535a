/* SPDX-License-Identifier: Apache-2.0 */
/* Products of weights of 8 bits in the layout `groups`: four rows side by side, 16 columns of each in turn. Zeros fill up
 * the last group and the last columns, so that whole registers are read of weights, and only the operand has an end.
 *
 * Before this is included, osc_operand_t and osc_value_t are defined, the operand in memory and 16 columns of it in
 * registers, as well as osc_sum_t, what is added up of a row. */
#ifndef OSC_GROUPS_H
#define OSC_GROUPS_H

#include "osc_neon.h"

/* 16 columns of the operand. */
OSC_INLINE osc_value_t osc_value(const osc_operand_t *x);

/* Adds the products of 16 columns. */
OSC_INLINE void osc_add(osc_sum_t *sum, int8x16_t weights, osc_value_t x);

/* The sums of four rows; `correction` is 128 times the sum of the weights of each, which layouts for operands of 16 bits
 * have at the end. */
OSC_INLINE int32x4_t osc_totals(const osc_sum_t *sums, const int8_t *correction);

/* One or two groups from the weights of the first one on, which the next one follows by `step`; `last` are the columns
 * that are left of the operand, and zeros. The number of groups is a constant. */
OSC_INLINE void osc_add_groups(const int8_t *weight, int step, int groups, const osc_operand_t *x, int columns,
                               const osc_operand_t *last, osc_sum_t *sums)
{
    for (int c = 0; c < columns; c += 16, weight += 64) {
        const osc_value_t value = osc_value(columns - c < 16 ? last : x + c);
        for (int r = 0; r < 4 * groups; r++) {
            osc_add(&sums[r], vld1q_s8(weight + r / 4 * step + r % 4 * 16), value);
        }
    }
}

OSC_INLINE void osc_multiply_groups(const osc_matrix_s8_t *matrix, const osc_operand_t *x, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns, left = columns % 16;
    const int step = (columns + 15) / 16 * 64;
    const int8_t *const corrections = matrix->weight + (rows + 3) / 4 * step;
    osc_operand_t last[16] = {0};
    for (int i = 0; i < left; i++) {
        last[i] = x[columns - left + i];
    }
    int r = 0;
    for (; r + 4 < rows; r += 8) {
        osc_sum_t sums[8] = {0};
        osc_add_groups(matrix->weight + r / 4 * step, step, 2, x, columns, last, sums);
        vst1q_s32(y + r, osc_totals(sums, corrections + 4 * r));
        osc_put_s32(y + r + 4, osc_totals(sums + 4, corrections + 4 * r + 16), rows - r - 4);
    }
    if (r < rows) {
        osc_sum_t sums[4] = {0};
        osc_add_groups(matrix->weight + r / 4 * step, step, 1, x, columns, last, sums);
        osc_put_s32(y + r, osc_totals(sums, corrections + 4 * r), rows - r);
    }
}

#endif
