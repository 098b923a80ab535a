/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

#ifdef OSC_WIDE
/* `n` channels of a part of a map, which begins at x, times their taps. */
OSC_INLINE void channels_of(const float *weight, const float *bias, const osc_geometry_t *w, const osc_part_t *part,
                            const float *x, int n, float *y)
{
    const int channels = w->channels;
    osc_floats_t sum = osc_get_floats(bias, n);
    for (int i = part->top; i < part->bottom; i++) {
        const float *tap = weight + (i * w->kernel_width + part->left) * channels;
        const float *point = x + i * w->row_step + part->left * w->tap_step;
        for (int j = part->left; j < part->right; j++, tap += channels, point += w->tap_step) {
            sum = OSC_OP(add_ps)(sum, OSC_OP(mul_ps)(osc_get_floats(tap, n), osc_get_floats(point, n)));
        }
    }
    osc_put_floats(y, sum, n);
}
#endif

void osc_depthwise_f32(const osc_linear_f32_t *layer, const osc_geometry_t *w, const float *x, int position, float *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels;
    const float *const weight = layer->matrix.weight, *const bias = layer->matrix.bias;
    x += part.origin;
#ifdef OSC_WIDE
    int c = 0;
    for (; c + OSC_WIDE <= channels; c += OSC_WIDE) {
        channels_of(weight + c, bias + c, w, &part, x + c, OSC_WIDE, y + c);
    }
    if (c < channels) {
        channels_of(weight + c, bias + c, w, &part, x + c, channels - c, y + c);
    }
#else
    const int row_step = w->row_step, tap_step = w->tap_step;
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
        for (int r = 0; r < channels; r++) {
            y[r] = osc_activate_f32(y[r], layer->activation);
        }
    }
}
