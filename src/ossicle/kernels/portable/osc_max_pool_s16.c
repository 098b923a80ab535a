/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_max_pool_s16(const osc_geometry_t *w, const int16_t *x, int16_t *y)
{
    for (int i = 0; i < w->out_height * w->out_width; i++, y += w->channels) {
        const int top = i / w->out_width * w->stride_height, left = i % w->out_width * w->stride_width;
        const int16_t *const corner = x + (top * w->width + left) * w->channels;
        for (int c = 0; c < w->channels; c++) {
            int16_t largest = corner[c];
            for (int p = 1; p < w->kernel_height * w->kernel_width; p++) {
                const int point = p / w->kernel_width * w->width + p % w->kernel_width;
                const int16_t value = corner[point * w->channels + c];
                largest = value > largest ? value : largest;
            }
            y[c] = largest;
        }
    }
}
