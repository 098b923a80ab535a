/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

void osc_depthwise_f32(const osc_linear_f32_t *layer, const osc_geometry_t *w, const float *x, int position, float *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    const float *const weight = layer->matrix.weight, *const bias = layer->matrix.bias;
    x += part.origin;
#ifdef OSC_WIDE
    for (int c = 0; c < channels; c += OSC_WIDE) {
        osc_floats_t sum = osc_get_floats(bias + c, channels - c);
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                const float *const tap = weight + (i * w->kernel_width + j) * channels + c;
                const float *const point = x + i * row_step + j * tap_step + c;
                const osc_floats_t values = osc_get_floats(point, channels - c);
                sum = OSC_OP(add_ps)(sum, OSC_OP(mul_ps)(osc_get_floats(tap, channels - c), values));
            }
        }
        osc_put_floats(y + c, sum, channels - c);
    }
#else
    for (int c = 0; c < channels; c++) {
        y[c] = bias[c];
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                y[c] += weight[(i * w->kernel_width + j) * channels + c] * x[i * row_step + j * tap_step + c];
            }
        }
    }
#endif
    if (layer->activation != OSC_NONE) {
        for (int c = 0; c < channels; c++) {
            y[c] = osc_activate_f32(y[c], layer->activation);
        }
    }
}
