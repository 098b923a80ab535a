/* SPDX-License-Identifier: Apache-2.0 */
/* Products with weights in floats or halves, in the order of the portable kernels and so with their bits: column
 * c adds to the partial sum c % 16 of its row. The sixteen do not fit into the registers for several rows, which
 * share the loads of x; so four of them are made at a time.
 *
 * Before this is included, osc_weight_t is the type of a weight and osc_widen_four(w, values) widens four. */
#ifndef OSC_FLOAT_ROWS_H
#define OSC_FLOAT_ROWS_H

#define OSC_SUMS 16
#define OSC_AT_A_TIME 4
#define OSC_ROWS 4

/* Adds the products of `rows` rows, a constant of at most OSC_ROWS, to `sum`. */
static inline __attribute__((always_inline)) void osc_add_rows(const osc_weight_t *weight, const float *x,
                                                               int columns, int rows, float *sum)
{
    const int whole = columns - columns % OSC_SUMS;
    for (int first = 0; first < OSC_SUMS; first += OSC_AT_A_TIME) {
        float partial[OSC_ROWS][OSC_AT_A_TIME] = {{0.0f}};
        for (int c = first; c < whole; c += OSC_SUMS) {
            for (int r = 0; r < rows; r++) {
                float w[OSC_AT_A_TIME];
                osc_widen_four(weight + r * columns + c, w);
                for (int i = 0; i < OSC_AT_A_TIME; i++) {
                    partial[r][i] += w[i] * x[c + i];
                }
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < OSC_AT_A_TIME; i++) {
                sum[r] += partial[r][i];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int c = whole; c < columns; c++) {
            sum[r] += osc_widen(weight[r * columns + c]) * x[c];
        }
    }
}

static void osc_all_rows(const osc_weight_t *weight, const osc_weight_t *bias, int rows, int columns, const float *x,
                         float *y)
{
    for (int r = 0; r < rows; r++) {
        y[r] = osc_widen(bias[r]);
    }
    int r = 0;
    for (; r + OSC_ROWS <= rows; r += OSC_ROWS) {
        osc_add_rows(weight + r * columns, x, columns, OSC_ROWS, y + r);
    }
    for (; r < rows; r++) {
        osc_add_rows(weight + r * columns, x, columns, 1, y + r);
    }
}

#endif
