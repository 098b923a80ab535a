/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_smlad.h"

/* A halfword of the table (layouts/smlad.py) holds the weights of four rows a to d in one column, as
 * 4096 d + 256 (c + 8) + 16 (b + 8) + a + 8, and a word two columns. A mask takes out the rows a, b and c, each
 * too large by 8; the whole words give 4096 times row d, and the others with it. */
typedef struct {
    int32_t a, b, c;
    int64_t all;
} sums_t;

static inline void add(sums_t *sums, uint32_t weights, uint32_t x)
{
    const uint32_t mask = 0x000f000fu;
    sums->a = OSC_SMLAD(weights & mask, x, sums->a);
    sums->b = OSC_SMLAD(weights >> 4 & mask, x, sums->b);
    sums->c = OSC_SMLAD(weights >> 8 & mask, x, sums->c);
    sums->all = OSC_SMLALD(weights, x, sums->all);
}

static inline void add_four_columns(sums_t *sums, const uint32_t **weights, const int16_t *x)
{
    const osc_two_words_t words = osc_next_two(weights);
    add(sums, words.first, osc_load_word(x));
    add(sums, words.second, osc_load_word(x + 2));
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
    sums_t sums = {0, 0, 0, 0};
    for (; x != whole; x += 16) {
        add_four_columns(&sums, &weights, x);
        add_four_columns(&sums, &weights, x + 4);
        add_four_columns(&sums, &weights, x + 8);
        add_four_columns(&sums, &weights, x + 12);
    }
    for (; x != even; x += 2) {
        add(&sums, *weights++, osc_load_word(x));
    }
    if (columns % 2) {
        add(&sums, *weights++, (uint32_t)(uint16_t)*x);
    }
    /* Sums that were too large have wrapped around, and do so again. */
    const uint32_t excess = 8u * (uint32_t)sum_of_x;
    row[0] = (int32_t)((uint32_t)sums.a - excess);
    row[1] = (int32_t)((uint32_t)sums.b - excess);
    row[2] = (int32_t)((uint32_t)sums.c - excess);
    const int64_t others = row[0] + 16 * (int64_t)row[1] + 256 * (int64_t)row[2] + (int64_t)2184 * sum_of_x;
    row[3] = (int32_t)((sums.all - others) >> 12);
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
