/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

typedef float osc_weight_t;

static inline float osc_widen(float weight)
{
    return weight;
}

static inline void osc_widen_four(const float *weights, float *a, float *b, float *c, float *d)
{
    *a = weights[0];
    *b = weights[1];
    *c = weights[2];
    *d = weights[3];
}

#include "osc_float_rows.h"

void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y)
{
    osc_all_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
