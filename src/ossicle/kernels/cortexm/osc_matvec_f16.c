/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

typedef osc_half_t osc_weight_t;

static inline float osc_widen(osc_half_t weight)
{
    return osc_half_to_f32(weight);
}

static inline void osc_widen_four(const osc_half_t *weights, float *a, float *b, float *c, float *d)
{
    osc_widen_two(weights, a, b);
    osc_widen_two(weights + 2, c, d);
}

#include "osc_float_rows.h"

void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    osc_all_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
