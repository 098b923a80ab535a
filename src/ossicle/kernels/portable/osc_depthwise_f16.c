/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_depthwise_f16(const osc_linear_f16_t *layer, const osc_geometry_t *w, const osc_half_t *x, int position,
                       osc_half_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    for (int c = 0; c < channels; c++) {
        float sum = osc_half_to_f32(layer->matrix.bias[c]);
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                const osc_half_t weight = layer->matrix.weight[(i * w->kernel_width + j) * channels + c];
                sum += osc_half_to_f32(weight) * osc_half_to_f32(x[part.origin + i * row_step + j * tap_step + c]);
            }
        }
        y[c] = osc_half_from_f32(osc_activate_f32(sum, layer->activation));
    }
}
