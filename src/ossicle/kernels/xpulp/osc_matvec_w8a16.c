#include "osc_xpulp.h"

/* w x = 256 w high + w low, with the bytes of x. */
typedef struct {
    uint32_t high[4], low[4];
} sums_t;

static inline void add_row(sums_t *sums, uint32_t weights, osc_split_t x, const int row)
{
    sums->high[row] = osc_dot_s8(weights, x.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x.low, weights, sums->low[row]);
}

static inline void add_word(sums_t *sums, const uint32_t *weights, osc_split_t x, const int rows)
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

/* Sums of a group of rows, the last columns of whose operand are `last`; returns where the next group is. */
OSC_INLINE const uint32_t *group(const uint32_t *weights, const int16_t *x, int columns, osc_split_t last,
                                 const int rows, int32_t *y)
{
    sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    for (int n = columns / 4; n > 0; n--, weights += rows, x += 4) {
        add_word(&sums, weights, osc_split(osc_word(x), osc_word(x + 2)), rows);
    }
    if (columns % 4) {
        add_word(&sums, weights, last, rows);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)(256 * sums.high[r] + sums.low[r]);
    }
    return weights;
}

void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    const int columns = matrix->columns, left = columns % 4;
    const int16_t *const end = x + columns - left;
    const osc_split_t last = osc_split(osc_last_halves(end, left, 0), osc_last_halves(end, left, 1));
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int rows = matrix->rows;
    for (int groups = (rows + 3) / 4; groups > 0; groups--) {
        const int taken = osc_group_rows(rows, groups);
        if (taken == 4) {
            weights = group(weights, x, columns, last, 4, y);
        } else if (taken == 3) {
            weights = group(weights, x, columns, last, 3, y);
        } else if (taken == 2) {
            weights = group(weights, x, columns, last, 2, y);
        } else {
            weights = group(weights, x, columns, last, 1, y);
        }
        rows -= taken;
        y += taken;
    }
}
