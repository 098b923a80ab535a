#include "osc_xpulp.h"

/* Sixteen times w high and w low, with the bytes of x, since a shift by four at the end is cheaper than one for
 * each word. Neither passes 2**31 in up to 65,000 columns. */
typedef struct {
    uint32_t high[4], low[4];
} sums_t;

/* Eight columns of operands: those of the lower halves of a word's bytes, and of the upper ones. */
typedef struct {
    osc_split_t lower, upper;
} eight_t;

static inline void add_row(sums_t *sums, uint32_t weights, eight_t x, const int row)
{
    const uint32_t lower = osc_lower_nibbles(weights), upper = osc_upper_nibbles(weights);
    sums->high[row] = osc_dot_s8(lower, x.lower.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x.lower.low, lower, sums->low[row]);
    sums->high[row] = osc_dot_s8(upper, x.upper.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x.upper.low, upper, sums->low[row]);
}

static inline void add_word(sums_t *sums, const uint32_t *weights, eight_t x, const int rows)
{
    add_row(sums, weights[0], x, 0);
    if (rows > 1) {
        add_row(sums, weights[1], x, 1);
    }
    if (rows > 2) {
        add_row(sums, weights[2], x, 2);
    }
    if (rows > 3) {
        add_row(sums, weights[3], x, 3);
    }
}

static inline eight_t eight_columns(const int16_t *x)
{
    const eight_t eight = {
        osc_split(osc_word(x), osc_word(x + 2)),
        osc_split(osc_word(x + 4), osc_word(x + 6)),
    };
    return eight;
}

/* Sums of a group of rows, the last columns of whose operand are `last`; returns where the next group is. */
OSC_INLINE const uint32_t *group(const uint32_t *weights, const int16_t *x, int columns, const eight_t *last,
                                 const int rows, int32_t *y)
{
    sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    for (int n = columns / 8; n > 0; n--, weights += rows, x += 8) {
        add_word(&sums, weights, eight_columns(x), rows);
    }
    if (columns % 8) {
        add_word(&sums, weights, *last, rows);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)(16 * sums.high[r] + (uint32_t)((int32_t)sums.low[r] >> 4));
    }
    return weights;
}

void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int columns = matrix->columns, left = columns % 8;
    const int16_t *const end = x + columns - left;
    const eight_t last = {
        osc_split(osc_last_halves(end, left, 0), osc_last_halves(end, left, 1)),
        osc_split(osc_last_halves(end, left, 2), osc_last_halves(end, left, 3)),
    };
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int rows = matrix->rows;
    for (int groups = (rows + 3) / 4; groups > 0; groups--) {
        const int taken = osc_group_rows(rows, groups);
        if (taken == 4) {
            weights = group(weights, x, columns, &last, 4, y);
        } else if (taken == 3) {
            weights = group(weights, x, columns, &last, 3, y);
        } else if (taken == 2) {
            weights = group(weights, x, columns, &last, 2, y);
        } else {
            weights = group(weights, x, columns, &last, 1, y);
        }
        rows -= taken;
        y += taken;
    }
}
