/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_smlad.h"

/* Two columns of four rows. */
static inline void add_two_columns(int32_t sum[4], const uint32_t **weights, uint32_t x)
{
    const osc_two_words_t upper = osc_next_two(weights);
    const osc_two_words_t lower = osc_next_two(weights);
    sum[0] = OSC_SMLAD(upper.first, x, sum[0]);
    sum[1] = OSC_SMLAD(upper.second, x, sum[1]);
    sum[2] = OSC_SMLAD(lower.first, x, sum[2]);
    sum[3] = OSC_SMLAD(lower.second, x, sum[3]);
}

static inline void add_eight_columns(int32_t sum[4], const uint32_t **weights, const int16_t *x)
{
    add_two_columns(sum, weights, osc_load_word(x));
    add_two_columns(sum, weights, osc_load_word(x + 2));
    add_two_columns(sum, weights, osc_load_word(x + 4));
    add_two_columns(sum, weights, osc_load_word(x + 6));
}

/* Sums of four rows, a word of each in turn; returns where the weights of the next rows are. */
static const uint32_t *four_rows(const uint32_t *weights, const int16_t *x, int columns, int32_t row[4])
{
    const int16_t *const whole = x + columns / 16 * 16;
    const int16_t *const even = x + columns / 2 * 2;
    int32_t sum[4] = {0, 0, 0, 0};
    for (; x != whole; x += 16) {
        add_eight_columns(sum, &weights, x);
        add_eight_columns(sum, &weights, x + 8);
    }
    for (; x != even; x += 2) {
        add_two_columns(sum, &weights, osc_load_word(x));
    }
    for (int r = 0; r < 4; r++) {
        row[r] = sum[r];
    }
    if (columns % 2) {
        for (int r = 0; r < 4; r++) {
            row[r] += ((const int16_t *)(const void *)weights)[r] * *x;
        }
        weights += 2;
    }
    return weights;
}

static int32_t one_row(const int16_t *weights, const int16_t *x, int columns)
{
    int32_t sum = 0;
    for (int n = columns / 2; n > 0; n--, weights += 2, x += 2) {
        sum = OSC_SMLAD(osc_load_word(weights), osc_load_word(x), sum);
    }
    return columns % 2 ? sum + *weights * *x : sum;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const uint32_t *words = (const uint32_t *)(const void *)matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
        words = four_rows(words, x, columns, y + r);
    }
    const int16_t *row = (const int16_t *)(const void *)words;
    for (; r < rows; r++, row += columns) {
        y[r] = one_row(row, x, columns);
    }
}
