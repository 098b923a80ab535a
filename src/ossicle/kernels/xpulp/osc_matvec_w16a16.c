#include "osc_xpulp.h"

static inline void add_word(uint32_t sum[4], const uint32_t *weights, uint32_t x, const int rows)
{
    sum[0] = osc_dot_s16(weights[0], x, sum[0]);
    if (rows > 1) {
        sum[1] = osc_dot_s16(weights[1], x, sum[1]);
    }
    if (rows > 2) {
        sum[2] = osc_dot_s16(weights[2], x, sum[2]);
    }
    if (rows > 3) {
        sum[3] = osc_dot_s16(weights[3], x, sum[3]);
    }
}

/* Sums of a group of rows, the last word of whose operand is `last`; returns where the next group is. */
OSC_INLINE const uint32_t *group(const uint32_t *weights, const int16_t *x, int columns, uint32_t last,
                                 const int rows, int32_t *y)
{
    uint32_t sum[4] = {0, 0, 0, 0};
    for (int n = columns / 2; n > 0; n--, weights += rows, x += 2) {
        add_word(sum, weights, osc_word(x), rows);
    }
    if (columns % 2) {
        add_word(sum, weights, last, rows);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)sum[r];
    }
    return weights;
}

void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t *y)
{
    const int columns = matrix->columns;
    const uint32_t last = osc_last_halves(x + columns / 2 * 2, columns % 2, 0);
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
