/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_linear_f32(const osc_linear_f32_t *layer, const float *x, float *y)
{
    osc_matvec_f32(&layer->matrix, x, y);
    for (int i = 0; i < layer->matrix.rows; i++) {
        y[i] = osc_activate_f32(y[i], layer->activation);
    }
}
