/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_linear_f16(const osc_linear_f16_t *layer, const osc_half_t *x, osc_half_t *y, float *scratch)
{
    float *const wide = scratch;
    float *const sums = scratch + layer->matrix.columns;
    osc_convert_f16_f32(x, wide, layer->matrix.columns);
    osc_matvec_f16(&layer->matrix, wide, sums);
    osc_activate_f16(sums, layer->matrix.rows, layer->activation, y);
}
