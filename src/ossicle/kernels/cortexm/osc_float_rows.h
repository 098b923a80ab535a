/* SPDX-License-Identifier: Apache-2.0 */
/* Products with weights in floats or halves, in the order of the portable kernels and so with their bits: column
 * c adds to the partial sum c % 16 of its row. The sixteen do not fit into the registers for several rows, which
 * share the loads of x; so four of them are made at a time. They have names, since arrays stay in memory where a
 * compiler does not unroll the loops over them.
 *
 * Before this is included, osc_weight_t is the type of a weight and osc_widen_four(w, &a, &b, &c, &d) widens four. */
#ifndef OSC_FLOAT_ROWS_H
#define OSC_FLOAT_ROWS_H

#include "osc_now.h"

#define OSC_SUMS 16
#define OSC_AT_A_TIME 4
#define OSC_ROWS 4

typedef struct {
    float a, b, c, d;
} osc_floats_t;

static inline void osc_add_four(osc_floats_t *sums, const osc_weight_t *weight, osc_floats_t x)
{
    osc_floats_t w;
    osc_widen_four(weight, &w.a, &w.b, &w.c, &w.d);
    w.a *= x.a;
    w.b *= x.b;
    w.c *= x.c;
    w.d *= x.d;
    OSC_NOW(w.a);
    OSC_NOW(w.b);
    OSC_NOW(w.c);
    OSC_NOW(w.d);
    sums->a += w.a;
    sums->b += w.b;
    sums->c += w.c;
    sums->d += w.d;
}

static inline osc_floats_t osc_load_four(const float *x)
{
    const osc_floats_t four = {x[0], x[1], x[2], x[3]};
    return four;
}

static inline float osc_added(float sum, osc_floats_t sums)
{
    return sum + sums.a + sums.b + sums.c + sums.d;
}

OSC_LAYER static void osc_add_last(const osc_weight_t *weight, const float *x, int from, int columns, float *sum)
{
    for (int c = from; c < columns; c++) {
        *sum += osc_widen(weight[c]) * x[c];
    }
}

static void osc_add_four_rows(const osc_weight_t *weight, const float *x, int columns, float *sum)
{
    const int whole = columns - columns % OSC_SUMS;
    for (int first = 0; first < OSC_SUMS; first += OSC_AT_A_TIME) {
        osc_floats_t p = {0}, q = {0}, r = {0}, s = {0};
        const osc_weight_t *w = weight + first;
        for (int c = first; c < whole; c += OSC_SUMS, w += OSC_SUMS) {
            const osc_floats_t four = osc_load_four(x + c);
            osc_add_four(&p, w, four);
            osc_add_four(&q, w + columns, four);
            osc_add_four(&r, w + 2 * columns, four);
            osc_add_four(&s, w + 3 * columns, four);
        }
        sum[0] = osc_added(sum[0], p);
        sum[1] = osc_added(sum[1], q);
        sum[2] = osc_added(sum[2], r);
        sum[3] = osc_added(sum[3], s);
    }
    for (int r = 0; r < OSC_ROWS; r++) {
        osc_add_last(weight + r * columns, x, whole, columns, sum + r);
    }
}

OSC_LAYER static void osc_add_row(const osc_weight_t *weight, const float *x, int columns, float *sum)
{
    const int whole = columns - columns % OSC_SUMS;
    for (int first = 0; first < OSC_SUMS; first += OSC_AT_A_TIME) {
        osc_floats_t p = {0};
        for (int c = first; c < whole; c += OSC_SUMS) {
            osc_add_four(&p, weight + c, osc_load_four(x + c));
        }
        *sum = osc_added(*sum, p);
    }
    osc_add_last(weight, x, whole, columns, sum);
}

static void osc_all_rows(const osc_weight_t *weight, const osc_weight_t *bias, int rows, int columns, const float *x,
                         float *y)
{
    for (int r = 0; r < rows; r++) {
        y[r] = osc_widen(bias[r]);
    }
    int r = 0;
    for (; r + OSC_ROWS <= rows; r += OSC_ROWS) {
        osc_add_four_rows(weight + r * columns, x, columns, y + r);
    }
    for (; r < rows; r++) {
        osc_add_row(weight + r * columns, x, columns, y + r);
    }
}

#endif
