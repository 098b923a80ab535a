/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a16(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int16_t *x, int position, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, row_step = w->row_step, tap_step = w->tap_step;
    x += part.origin;
#ifdef OSC_WIDE
    for (int c = 0; c < channels; c += OSC_WIDE) {
        osc_ints_t sum = OSC_OP(set1_epi32)(0);
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                const int8_t *const tap = matrix->weight + (i * w->kernel_width + j) * channels + c;
                const int16_t *const point = x + i * row_step + j * tap_step + c;
                /* The upper half of a lane, which is the sign of the weight, is multiplied by zero. */
                const osc_ints_t value =
                    osc_and(osc_get_s16(point, channels - c), OSC_OP(set1_epi32)(0xffff));
                sum = osc_add_pairs(sum, osc_get_s8(tap, channels - c), value);
            }
        }
        osc_put_ints(y + c, sum, channels - c);
    }
#else
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
