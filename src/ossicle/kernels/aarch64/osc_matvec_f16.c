/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

typedef uint16_t osc_weight_t;

#include "osc_float_rows.h"
#include "osc_half.h"

OSC_INLINE float32x4_t osc_four_weights(const osc_half_t *weight)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(weight)));
}

OSC_INLINE float osc_one_weight(const osc_half_t *weight)
{
    return osc_widen(*weight);
}

void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    osc_multiply_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
