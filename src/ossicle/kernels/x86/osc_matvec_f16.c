/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

typedef osc_half_t osc_weight_t;
#define osc_weight(x) osc_half_to_f32(*(x))
#define osc_get_weights(x) osc_get_halves(x, OSC_WIDE)

#include "osc_rows_f32.h"

void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    osc_all_rows(matrix->weight, matrix->bias, matrix->rows, matrix->columns, x, y);
}
