/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

typedef float osc_weight_t;
#define osc_weight(x) (*(x))
#define osc_get_weights(x) osc_get_floats(x, OSC_WIDE)

#include "osc_rows_f32.h"

void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y)
{
    osc_all_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
