/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

/* Up to eight channels of all taps, from the channel `at` on. */
OSC_INLINE void eight_channels(const osc_matrix_f32_t *matrix, const osc_geometry_t *w, const osc_part_t *part,
                               const float *x, int at, int n, float *y)
{
    float32x4_t low = osc_get_f32(matrix->bias + at, n), high = low;
    if (n > 4) {
        high = osc_get_f32(matrix->bias + at + 4, n - 4);
    }
    for (int i = part->top; i < part->bottom; i++) {
        const float *tap = matrix->weight + (i * w->kernel_width + part->left) * w->channels + at;
        const float *point = x + i * w->row_step + part->left * w->tap_step + at;
        for (int j = part->left; j < part->right; j++, tap += w->channels, point += w->tap_step) {
            low = vaddq_f32(low, vmulq_f32(osc_get_f32(tap, n), osc_get_f32(point, n)));
            if (n > 4) {
                high = vaddq_f32(high, vmulq_f32(osc_get_f32(tap + 4, n - 4), osc_get_f32(point + 4, n - 4)));
            }
        }
    }
    osc_put_f32(y + at, low, n);
    if (n > 4) {
        osc_put_f32(y + at + 4, high, n - 4);
    }
}

void osc_depthwise_f32(const osc_linear_f32_t *layer, const osc_geometry_t *w, const float *x, int position, float *y)
{
    const osc_part_t part = osc_window_part(w, position);
    int c = 0;
    x += part.origin;
    for (; c + 8 <= w->channels; c += 8) {
        eight_channels(&layer->matrix, w, &part, x, c, 8, y);
    }
    for (; c < w->channels; c += 4) {
        eight_channels(&layer->matrix, w, &part, x, c, w->channels - c < 4 ? w->channels - c : 4, y);
    }
    if (layer->activation != OSC_NONE) {
        for (c = 0; c < w->channels; c++) {
            y[c] = osc_activate_f32(y[c], layer->activation);
        }
    }
}
