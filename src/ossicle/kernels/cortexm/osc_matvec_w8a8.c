/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_smlad.h"

/* Two int8 as a word of two int16. */
static inline uint32_t widened(const int8_t *x)
{
    return (uint32_t)(uint16_t)x[0] | (uint32_t)(uint16_t)x[1] << 16;
}

/* Of four operands the even ones are widened together, then the odd ones, which is the order of the weights. */
static inline void add_four_columns(osc_row_pair_t sums[2], const uint32_t **weights, const int8_t *x)
{
    const uint32_t four = osc_load_word(x);
    osc_add_four(sums, weights, OSC_SXTB16(four));
    osc_add_four(sums, weights, OSC_SXTB16_ROR8(four));
}

/* Sums of four rows; returns where the weights of the next rows are. */
static const uint32_t *four_rows(const uint32_t *weights, const int8_t *x, int columns, int32_t row[4])
{
    const int8_t *const many = x + columns / 16 * 16;
    const int8_t *const whole = x + columns / 4 * 4;
    osc_row_pair_t sums[2] = {{0, 0}, {0, 0}};
    for (; x != many; x += 16) {
        add_four_columns(sums, &weights, x);
        add_four_columns(sums, &weights, x + 4);
        add_four_columns(sums, &weights, x + 8);
        add_four_columns(sums, &weights, x + 12);
    }
    for (; x != whole; x += 4) {
        add_four_columns(sums, &weights, x);
    }
    if (columns % 4 >= 2) {
        osc_add_four(sums, &weights, widened(x));
        x += 2;
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

static const uint16_t *two_rows(const uint16_t *weights, const int8_t *x, int columns, int32_t row[2])
{
    osc_row_pair_t sums = {0, 0};
    for (int n = columns / 4; n > 0; n--, weights += 4, x += 4) {
        const uint32_t four = osc_load_word(x);
        osc_add_two(&sums, osc_load_word(weights), OSC_SXTB16(four));
        osc_add_two(&sums, osc_load_word(weights + 2), OSC_SXTB16_ROR8(four));
    }
    if (columns % 4 >= 2) {
        osc_add_two(&sums, osc_load_word(weights), widened(x));
        weights += 2;
        x += 2;
    }
    if (columns % 2) {
        osc_add_two(&sums, *weights++, (uint32_t)(uint16_t)*x);
    }
    osc_split_rows(sums, row);
    return weights;
}

static int32_t one_row(const int8_t *weights, const int8_t *x, int columns)
{
    const int whole = columns / 4 * 4;
    int32_t sum = 0;
    for (int c = 0; c < whole; c += 4) {
        sum += weights[c] * x[c] + weights[c + 1] * x[c + 2];
        sum += weights[c + 2] * x[c + 1] + weights[c + 3] * x[c + 3];
    }
    for (int c = whole; c < columns; c++) {
        sum += weights[c] * x[c];
    }
    return sum;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
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
