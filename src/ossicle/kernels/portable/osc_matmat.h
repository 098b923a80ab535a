/* SPDX-License-Identifier: Apache-2.0 */
/* Products of one matrix with several operands. The weights lie column by column, so that a weight and the ones of the
 * rows after it are neighbours: compilers turn their sums into vector registers, and no sum across a register is left
 * at the end, which would take longer than a short row.
 *
 * Before this is included, osc_weight_t, osc_operand_t and osc_sum_t are defined. */
#ifndef OSC_MATMAT_H
#define OSC_MATMAT_H

#ifdef __GNUC__
#define OSC_INLINE static inline __attribute__((always_inline))
#else
#define OSC_INLINE static inline
#endif

#define OSC_LANES 16

/* Adds the products of `lanes` rows, a constant of at most OSC_LANES, to y. */
OSC_INLINE void osc_add_columns(const osc_weight_t *weight, int rows, int columns, const osc_operand_t *x, osc_sum_t *y,
                                int lanes)
{
    osc_sum_t sum[OSC_LANES];
    for (int l = 0; l < lanes; l++) {
        sum[l] = y[l];
    }
    for (int c = 0; c < columns; c++, weight += rows) {
        const osc_sum_t value = x[c];
        for (int l = 0; l < lanes; l++) {
            sum[l] += weight[l] * value;
        }
    }
    for (int l = 0; l < lanes; l++) {
        y[l] = sum[l];
    }
}

/* Adds the products of all rows to y. */
OSC_INLINE void osc_add_product(const osc_weight_t *weight, int rows, int columns, const osc_operand_t *x, osc_sum_t *y)
{
    int r = 0;
    for (; r + OSC_LANES <= rows; r += OSC_LANES) {
        osc_add_columns(weight + r, rows, columns, x, y + r, OSC_LANES);
    }
    for (; r + OSC_LANES / 2 <= rows; r += OSC_LANES / 2) {
        osc_add_columns(weight + r, rows, columns, x, y + r, OSC_LANES / 2);
    }
    for (; r + OSC_LANES / 4 <= rows; r += OSC_LANES / 4) {
        osc_add_columns(weight + r, rows, columns, x, y + r, OSC_LANES / 4);
    }
    for (; r < rows; r++) {
        osc_add_columns(weight + r, rows, columns, x, y + r, 1);
    }
}

#endif
