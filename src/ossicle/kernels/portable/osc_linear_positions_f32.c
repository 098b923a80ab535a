/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_linear_positions_f32(const osc_linear_f32_t *layer, const float *x, int x_step, int count, float *y, int y_step)
{
    osc_matmat_f32(&layer->matrix, x, x_step, count, y, y_step);
    if (layer->activation == OSC_NONE) {
        return;
    }
    for (int i = 0; i < count; i++, y += y_step) {
        for (int r = 0; r < layer->matrix.rows; r++) {
            y[r] = osc_activate_f32(y[r], layer->activation);
        }
    }
}
