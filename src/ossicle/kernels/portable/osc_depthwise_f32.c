/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_depthwise_f32(const osc_linear_f32_t *layer, const osc_geometry_t *w, const float *x, int position, float *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    for (int c = 0; c < channels; c++) {
        y[c] = layer->matrix.bias[c];
    }
    for (int i = part.top; i < part.bottom; i++) {
        for (int j = part.left; j < part.right; j++) {
            const float *const weight = layer->matrix.weight + (i * w->kernel_width + j) * channels;
            const float *const point = x + (part.origin + i * row_step + j * tap_step);
            for (int c = 0; c < channels; c++) {
                y[c] += weight[c] * point[c];
            }
        }
    }
    for (int c = 0; c < channels; c++) {
        y[c] = osc_activate_f32(y[c], layer->activation);
    }
}
