/* SPDX-License-Identifier: Apache-2.0 */
typedef float osc_weight_t;

#include "osc_float_rows.h"

OSC_INLINE float32x4_t osc_four_weights(const float *weight)
{
    return vld1q_f32(weight);
}

OSC_INLINE float osc_one_weight(const float *weight)
{
    return *weight;
}

void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y)
{
    osc_multiply_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
