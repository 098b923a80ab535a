#include "osc_math.h"
#include "osc_smlad.h"

/* Weights are packed for SMLAD (emit/packing.py). A halfword holds 256 a + b, of rows a and b in one column, and
 * a word two columns: the sum of its products is 256 times that of row a plus that of row b, which the sign
 * extended lower bytes give alone. So four products take SMLALD, SXTB16 and SMLAD. */
typedef struct {
    int64_t both;
    int32_t second;
} sums_t;

static inline void add(sums_t *sums, uint32_t weights, uint32_t x)
{
    sums->both = OSC_SMLALD(weights, x, sums->both);
    sums->second = OSC_SMLAD(OSC_SXTB16(weights), x, sums->second);
}

/* Two columns of four rows. */
static inline const uint32_t *add_four(sums_t *upper, sums_t *lower, const uint32_t *weights, const int16_t *x)
{
    const uint64_t four = osc_load_two(weights);
    const uint32_t pair = osc_load_word(x);
    add(upper, (uint32_t)four, pair);
    add(lower, (uint32_t)(four >> 32), pair);
    return weights + 2;
}

static void split(sums_t sums, int32_t *sum)
{
    sum[0] = (int32_t)((sums.both - sums.second) >> 8);
    sum[1] = sums.second;
}

/* Sums of four rows; returns where the weights of the next rows are. */
static const uint32_t *four_rows(const uint32_t *weights, const int16_t *x, int columns, int32_t sum[4])
{
    const int16_t *const whole = x + columns / 8 * 8;
    const int16_t *const pairs = x + columns / 2 * 2;
    sums_t upper = {0, 0}, lower = {0, 0};
    for (; x != whole; x += 8) {
        weights = add_four(&upper, &lower, weights, x);
        weights = add_four(&upper, &lower, weights, x + 2);
        weights = add_four(&upper, &lower, weights, x + 4);
        weights = add_four(&upper, &lower, weights, x + 6);
    }
    for (; x != pairs; x += 2) {
        weights = add_four(&upper, &lower, weights, x);
    }
    if (columns % 2) {
        add(&upper, *weights & 0xffffu, (uint16_t)*x);
        add(&lower, *weights >> 16, (uint16_t)*x);
        weights++;
    }
    split(upper, sum);
    split(lower, sum + 2);
    return weights;
}

/* Sums of two rows, whose words lie one after the other. */
static const uint16_t *two_rows(const uint16_t *weights, const int16_t *x, int columns, int32_t sum[2])
{
    sums_t sums = {0, 0};
    for (int c = columns / 2; c > 0; c--, weights += 2, x += 2) {
        add(&sums, osc_load_word(weights), osc_load_word(x));
    }
    if (columns % 2) {
        add(&sums, *weights++, (uint16_t)*x);
    }
    split(sums, sum);
    return weights;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t limit, int32_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
        weights = four_rows(weights, x, columns, y + r);
    }
    const uint16_t *halves = (const uint16_t *)(const void *)weights;
    if (r + 2 <= rows) {
        halves = two_rows(halves, x, columns, y + r);
        r += 2;
    }
    if (r < rows) {
        const int8_t *const row = (const int8_t *)(const void *)halves;
        y[r] = 0;
        for (int c = 0; c < columns; c++) {
            y[r] += row[c] * x[c];
        }
    }
    for (r = 0; r < rows; r++) {
        y[r] = osc_rescale_s32(y[r] + matrix->bias[r], matrix->multiplier[r], matrix->shift[r], limit);
    }
}
