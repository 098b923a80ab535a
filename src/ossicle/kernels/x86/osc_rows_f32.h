/* SPDX-License-Identifier: Apache-2.0 */
/* The products of rows of floats with one operand, four rows at once. Each row has the sixteen sums of the portable
 * kernel, which are added in its order, for the four rows in the lanes of a register: so the bits are its own.
 *
 * Before this is included, osc_weight_t is defined, osc_get_weights(), which reads OSC_WIDE of them, and
 * osc_weight(), which reads one; both as floats. */
#ifndef OSC_ROWS_F32_H
#define OSC_ROWS_F32_H

#include "osc_vectors.h"

#define OSC_SUMS 16 /* of a row */

#ifdef OSC_WIDE
#define OSC_ROWS 4
#define OSC_VECTORS (OSC_SUMS / OSC_WIDE)

/* Four rows of `columns` weights each. */
static inline void osc_four_rows(const osc_weight_t *weight, const osc_weight_t *bias, int columns, const float *x,
                                 float *y)
{
    const int whole = columns - columns % OSC_SUMS;
    osc_floats_t sum[OSC_ROWS][OSC_VECTORS];
    for (int r = 0; r < OSC_ROWS; r++) {
        for (int v = 0; v < OSC_VECTORS; v++) {
            sum[r][v] = OSC_OP(set1_ps)(0.0f);
        }
    }
    for (int c = 0; c < whole; c += OSC_SUMS) {
        for (int v = 0; v < OSC_VECTORS; v++) {
            const int at = c + v * OSC_WIDE;
            const osc_floats_t value = osc_get_floats(x + at, OSC_WIDE);
            for (int r = 0; r < OSC_ROWS; r++) {
                const osc_floats_t product = OSC_OP(mul_ps)(osc_get_weights(weight + r * columns + at), value);
                sum[r][v] = OSC_OP(add_ps)(sum[r][v], product);
            }
        }
    }
    float lane[OSC_ROWS][OSC_SUMS];
    for (int r = 0; r < OSC_ROWS; r++) {
        for (int v = 0; v < OSC_VECTORS; v++) {
            osc_put_floats(lane[r] + v * OSC_WIDE, sum[r][v], OSC_WIDE);
        }
    }
    __m128 total = _mm_setr_ps(osc_weight(bias), osc_weight(bias + 1), osc_weight(bias + 2), osc_weight(bias + 3));
    for (int l = 0; l < OSC_SUMS; l += 4) {
        __m128 a = _mm_loadu_ps(lane[0] + l), b = _mm_loadu_ps(lane[1] + l);
        __m128 c = _mm_loadu_ps(lane[2] + l), d = _mm_loadu_ps(lane[3] + l);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        total = _mm_add_ps(_mm_add_ps(_mm_add_ps(_mm_add_ps(total, a), b), c), d);
    }
    for (int c = whole; c < columns; c++) {
        const osc_weight_t *const column = weight + c;
        const __m128 weights = _mm_setr_ps(osc_weight(column), osc_weight(column + columns),
                                           osc_weight(column + 2 * columns), osc_weight(column + 3 * columns));
        total = _mm_add_ps(total, _mm_mul_ps(weights, _mm_set1_ps(x[c])));
    }
    _mm_storeu_ps(y, total);
}
#endif

static inline float osc_one_row(const osc_weight_t *weight, const osc_weight_t *bias, int columns, const float *x)
{
    const int whole = columns - columns % OSC_SUMS;
    float lane[OSC_SUMS] = {0};
    for (int c = 0; c < whole; c += OSC_SUMS) {
        for (int l = 0; l < OSC_SUMS; l++) {
            lane[l] += osc_weight(weight + c + l) * x[c + l];
        }
    }
    float sum = osc_weight(bias);
    for (int l = 0; l < OSC_SUMS; l++) {
        sum += lane[l];
    }
    for (int c = whole; c < columns; c++) {
        sum += osc_weight(weight + c) * x[c];
    }
    return sum;
}

static inline void osc_all_rows(const osc_weight_t *weight, const osc_weight_t *bias, int rows, int columns,
                                const float *x, float *y)
{
    int r = 0;
#ifdef OSC_WIDE
    for (; r + OSC_ROWS <= rows; r += OSC_ROWS) {
        osc_four_rows(weight + r * columns, bias + r, columns, x, y + r);
    }
#endif
    for (; r < rows; r++) {
        y[r] = osc_one_row(weight + r * columns, bias + r, columns, x);
    }
}

#endif
