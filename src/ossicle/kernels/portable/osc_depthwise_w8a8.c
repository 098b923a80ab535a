/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a8(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int8_t *x, int position,
                        int32_t zero_point, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    const int8_t *weight = matrix->weight;
    for (int c = 0; c < channels; c++) {
        y[c] = 0;
    }
    for (int i = 0; i < w->kernel_height; i++) {
        for (int j = 0; j < w->kernel_width; j++, weight += channels) {
            const int inside = i >= part.top && i < part.bottom && j >= part.left && j < part.right;
            const int8_t *const point = x + (inside ? part.origin + i * row_step + j * tap_step : 0);
            for (int c = 0; c < channels; c++) {
                y[c] += weight[c] * (inside ? point[c] : zero_point);
            }
        }
    }
}
