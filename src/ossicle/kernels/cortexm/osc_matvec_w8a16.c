/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_smlad.h"

static inline void add_eight_columns(osc_row_pair_t sums[2], const uint32_t **weights, const int16_t *x)
{
    osc_add_four(sums, weights, osc_load_word(x));
    osc_add_four(sums, weights, osc_load_word(x + 2));
    osc_add_four(sums, weights, osc_load_word(x + 4));
    osc_add_four(sums, weights, osc_load_word(x + 6));
}

/* Sums of four rows; returns where the weights of the next rows are. */
static const uint32_t *four_rows(const uint32_t *weights, const int16_t *x, int columns, int32_t row[4])
{
    const int16_t *const whole = x + columns / 16 * 16;
    const int16_t *const even = x + columns / 2 * 2;
    osc_row_pair_t sums[2] = {{0, 0}, {0, 0}};
    for (; x != whole; x += 16) {
        add_eight_columns(sums, &weights, x);
        add_eight_columns(sums, &weights, x + 8);
    }
    for (; x != even; x += 2) {
        osc_add_four(sums, &weights, osc_load_word(x));
    }
    if (columns % 2) {
        osc_add_two(&sums[0], *weights & 0xffffu, (uint32_t)(uint16_t)*x);
        osc_add_two(&sums[1], *weights >> 16, (uint32_t)(uint16_t)*x);
        weights++;
    }
    osc_split_rows(sums[0], row);
    osc_split_rows(sums[1], row + 2);
    return weights;
}

static const uint16_t *two_rows(const uint16_t *weights, const int16_t *x, int columns, int32_t row[2])
{
    osc_row_pair_t sums = {0, 0};
    for (int n = columns / 2; n > 0; n--, weights += 2, x += 2) {
        osc_add_two(&sums, osc_load_word(weights), osc_load_word(x));
    }
    if (columns % 2) {
        osc_add_two(&sums, *weights++, (uint32_t)(uint16_t)*x);
    }
    osc_split_rows(sums, row);
    return weights;
}

static int32_t one_row(const int8_t *weights, const int16_t *x, int columns)
{
    int32_t sum = 0;
    for (int c = 0; c < columns; c++) {
        sum += weights[c] * x[c];
    }
    return sum;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const uint32_t *words = (const uint32_t *)(const void *)matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
        words = four_rows(words, x, columns, y + r);
    }
    const uint16_t *halves = (const uint16_t *)(const void *)words;
    if (r + 2 <= rows) {
        halves = two_rows(halves, x, columns, y + r);
        r += 2;
    }
    if (r < rows) {
        y[r] = one_row((const int8_t *)(const void *)halves, x, columns);
    }
}
