/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_average_pool_away_s8(const osc_geometry_t *w, const int8_t *x, int8_t *y)
{
    const int points = w->kernel_height * w->kernel_width, channels = w->channels;
    for (int i = 0; i < w->out_height * w->out_width; i++, y += channels) {
        const int top = i / w->out_width * w->stride_height, left = i % w->out_width * w->stride_width;
        const int8_t *const corner = x + (top * w->width + left) * channels;
        for (int c = 0; c < channels; c++) {
            const int8_t *row = corner + c;
            int32_t sum = 0;
            for (int j = 0; j < w->kernel_height; j++, row += w->width * channels) {
                for (int k = 0; k < w->kernel_width; k++) {
                    sum += row[k * channels];
                }
            }
            y[c] = (int8_t)osc_mean_away_s32(sum, points);
        }
    }
}
