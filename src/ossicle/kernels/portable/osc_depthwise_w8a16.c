/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a16(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int16_t *x, int position, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    for (int c = 0; c < channels; c++) {
        y[c] = 0;
    }
    for (int i = part.top; i < part.bottom; i++) {
        for (int j = part.left; j < part.right; j++) {
            const int8_t *const weight = matrix->weight + (i * w->kernel_width + j) * channels;
            const int16_t *const point = x + (part.origin + i * row_step + j * tap_step);
            for (int c = 0; c < channels; c++) {
                y[c] += weight[c] * point[c];
            }
        }
    }
}
