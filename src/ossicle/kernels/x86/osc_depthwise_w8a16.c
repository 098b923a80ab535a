/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

#ifdef OSC_WIDE
/* `n` channels of a part of a map, which begins at x, times their taps. */
OSC_INLINE void channels_of(const int8_t *weight, const osc_geometry_t *w, const osc_part_t *part, const int16_t *x, int n,
                            int32_t *y)
{
    const int channels = w->channels;
    osc_ints_t sum = OSC_OP(set1_epi32)(0);
    for (int i = part->top; i < part->bottom; i++) {
        const int8_t *tap = weight + (i * w->kernel_width + part->left) * channels;
        const int16_t *point = x + i * w->row_step + part->left * w->tap_step;
        for (int j = part->left; j < part->right; j++, tap += channels, point += w->tap_step) {
            /* The upper half of a lane, which is the sign of the weight, is multiplied by zero. */
            sum = osc_add_pairs(sum, osc_get_s8(tap, n), osc_get_u16(point, n));
        }
    }
    osc_put_ints(y, sum, n);
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a16(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int16_t *x, int position, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels;
    x += part.origin;
#ifdef OSC_WIDE
    int c = 0;
    for (; c + OSC_WIDE <= channels; c += OSC_WIDE) {
        channels_of(matrix->weight + c, w, &part, x + c, OSC_WIDE, y + c);
    }
    if (c < channels) {
        channels_of(matrix->weight + c, w, &part, x + c, channels - c, y + c);
    }
#else
    const int row_step = w->row_step, tap_step = w->tap_step;
    for (int c = 0; c < channels; c++) {
        y[c] = 0;
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                const int at = i * row_step + j * tap_step + c;
                y[c] += matrix->weight[(i * w->kernel_width + j) * channels + c] * x[at];
            }
        }
    }
#endif
}
