/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_nibbles.h"

static inline void add_four_columns(osc_nibble_sums_t *sums, const uint32_t **weights, const int16_t *x)
{
    const osc_two_words_t words = osc_next_two(weights);
    osc_add_nibbles(sums, words.first, osc_load_word(x));
    osc_add_nibbles(sums, words.second, osc_load_word(x + 2));
}

static int32_t total(const int16_t *x, int columns)
{
    int32_t sum = columns % 2 ? x[columns - 1] : 0;
    for (int n = columns / 2; n > 0; n--, x += 2) {
        sum = OSC_SMLAD(osc_load_word(x), 0x00010001u, sum);
    }
    return sum;
}

/* Sums of four rows, given that of the operand; returns where the weights of the next rows are. */
static const uint32_t *four_rows(const uint32_t *weights, const int16_t *x, int columns, int32_t sum_of_x,
                                 int32_t row[4])
{
    const int16_t *const whole = x + columns / 16 * 16;
    const int16_t *const even = x + columns / 2 * 2;
    osc_nibble_sums_t sums = {0, 0, 0, 0};
    for (; x != whole; x += 16) {
        add_four_columns(&sums, &weights, x);
        add_four_columns(&sums, &weights, x + 4);
        add_four_columns(&sums, &weights, x + 8);
        add_four_columns(&sums, &weights, x + 12);
    }
    for (; x != even; x += 2) {
        osc_add_nibbles(&sums, *weights++, osc_load_word(x));
    }
    if (columns % 2) {
        osc_add_nibbles(&sums, *weights++, (uint32_t)(uint16_t)*x);
    }
    osc_split_nibbles(&sums, sum_of_x, row);
    return weights;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const int32_t sum_of_x = total(x, columns);
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int32_t last[4] = {0, 0, 0, 0};
    int r = 0;
    for (; r < rows; r += 4) {
        weights = four_rows(weights, x, columns, sum_of_x, r + 4 <= rows ? y + r : last);
    }
    for (r = rows / 4 * 4; r < rows; r++) {
        y[r] = last[r % 4];
    }
}
