/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_average_pool_away_s16(const osc_geometry_t *w, const int16_t *x, int16_t *y)
{
    const int points = w->kernel_height * w->kernel_width;
    for (int i = 0; i < w->out_height * w->out_width; i++, y += w->channels) {
        const int top = i / w->out_width * w->stride_height, left = i % w->out_width * w->stride_width;
        const int16_t *const corner = x + (top * w->width + left) * w->channels;
        for (int c = 0; c < w->channels; c++) {
            int32_t sum = 0;
            for (int p = 0; p < points; p++) {
                const int point = p / w->kernel_width * w->width + p % w->kernel_width;
                sum += corner[point * w->channels + c];
            }
            y[c] = (int16_t)osc_mean_away_s32(sum, points);
        }
    }
}
