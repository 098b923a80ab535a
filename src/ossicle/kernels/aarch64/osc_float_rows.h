/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix-vector products of floats, four rows at a time, which share the loads of the operand. Each row is added up in the
 * order of the portable kernels: in sixteen sums, then these after the bias, then the columns that are left.
 *
 * Before this is included, osc_weight_t is defined. */
#ifndef OSC_FLOAT_ROWS_H
#define OSC_FLOAT_ROWS_H

#include "osc_neon.h"

/* Four weights, and one. */
OSC_INLINE float32x4_t osc_four_weights(const osc_weight_t *weight);
OSC_INLINE float osc_one_weight(const osc_weight_t *weight);

/* A weight of each of four rows. */
OSC_INLINE float32x4_t osc_weights_at(const osc_weight_t *const row[4], int column)
{
    float32x4_t weights = vdupq_n_f32(osc_one_weight(row[0] + column));
    weights = vsetq_lane_f32(osc_one_weight(row[1] + column), weights, 1);
    weights = vsetq_lane_f32(osc_one_weight(row[2] + column), weights, 2);
    return vsetq_lane_f32(osc_one_weight(row[3] + column), weights, 3);
}

/* The first lanes of four vectors in one, then the second ones ... */
OSC_INLINE void osc_transpose(const float32x4_t *of, float32x4_t *lanes)
{
    const float32x4_t first = vzip1q_f32(of[0], of[2]), second = vzip1q_f32(of[1], of[3]);
    const float32x4_t third = vzip2q_f32(of[0], of[2]), fourth = vzip2q_f32(of[1], of[3]);
    lanes[0] = vzip1q_f32(first, second);
    lanes[1] = vzip2q_f32(first, second);
    lanes[2] = vzip1q_f32(third, fourth);
    lanes[3] = vzip2q_f32(third, fourth);
}

OSC_INLINE float32x4_t osc_four_rows(const osc_weight_t *const row[4], const osc_weight_t *const bias[4], int columns,
                                     const float *x)
{
    const int whole = columns - columns % 16;
    float32x4_t sums[4][4] = {{vdupq_n_f32(0.0f)}}; /* by part of the sixteen, then by row */
    for (int c = 0; c < whole; c += 16) {
        for (int part = 0; part < 4; part++) {
            const int at = c + 4 * part;
            const float32x4_t value = vld1q_f32(x + at);
            for (int r = 0; r < 4; r++) {
                sums[part][r] = vaddq_f32(sums[part][r], vmulq_f32(osc_four_weights(row[r] + at), value));
            }
        }
    }
    float32x4_t result = osc_weights_at(bias, 0);
    for (int part = 0; part < 4; part++) {
        float32x4_t lanes[4];
        osc_transpose(sums[part], lanes);
        for (int l = 0; l < 4; l++) {
            result = vaddq_f32(result, lanes[l]);
        }
    }
    for (int c = whole; c < columns; c++) {
        result = vaddq_f32(result, vmulq_f32(osc_weights_at(row, c), vdupq_n_f32(x[c])));
    }
    return result;
}

OSC_INLINE void osc_multiply_rows(const osc_weight_t *weight, const osc_weight_t *bias, int rows, int columns,
                                  const float *x, float *y)
{
    for (int r = 0; r < rows; r += 4) {
        const osc_weight_t *row[4], *own_bias[4];
        for (int i = 0; i < 4; i++) {
            /* Where fewer rows are left, the last one stands in for those that there are not. */
            const int at = r + i < rows ? r + i : rows - 1;
            row[i] = weight + at * columns;
            own_bias[i] = bias + at;
        }
        osc_put_f32(y + r, osc_four_rows(row, own_bias, columns, x), rows - r);
    }
}

#endif
