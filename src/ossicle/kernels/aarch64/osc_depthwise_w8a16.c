/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

/* 16 channels of all taps. */
OSC_INLINE void add_channels(const int8_t *weight, const osc_geometry_t *w, const osc_part_t *part, const int16_t *x,
                             int32_t *y)
{
    int32x4_t sums[4] = {vdupq_n_s32(0)};
    const int channels = w->channels, step = w->tap_step, taps = part->right - part->left;
    for (int i = part->top; i < part->bottom; i++) {
        const int8_t *tap = weight + (i * w->kernel_width + part->left) * channels;
        const int16_t *point = x + i * w->row_step + part->left * step;
        for (int j = 0; j < taps; j++, tap += channels, point += step) {
            const int8x16_t weights = vld1q_s8(tap);
            const int16x8_t first = vmovl_s8(vget_low_s8(weights)), last = vmovl_high_s8(weights);
            const int16x8_t low = vld1q_s16(point), high = vld1q_s16(point + 8);
            sums[0] = vmlal_s16(sums[0], vget_low_s16(first), vget_low_s16(low));
            sums[1] = vmlal_high_s16(sums[1], first, low);
            sums[2] = vmlal_s16(sums[2], vget_low_s16(last), vget_low_s16(high));
            sums[3] = vmlal_high_s16(sums[3], last, high);
        }
    }
    for (int q = 0; q < 4; q++) {
        vst1q_s32(y + 4 * q, sums[q]);
    }
}

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a16(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int16_t *x, int position, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int8_t *const weight = matrix->weight;
    x += part.origin;
    int c = 0;
    for (; c + 16 <= w->channels; c += 16) {
        add_channels(weight + c, w, &part, x + c, y + c);
    }
    for (; c < w->channels; c++) {
        y[c] = 0;
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                y[c] += weight[(i * w->kernel_width + j) * w->channels + c] * x[i * w->row_step + j * w->tap_step + c];
            }
        }
    }
}
