/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_average_pool_f32(const osc_geometry_t *w, const float *x, float *y)
{
    const int taps = w->kernel_height * w->kernel_width;
    for (int i = 0; i < w->out_height * w->out_width; i++, y += w->channels) {
        const int top = i / w->out_width * w->stride_height, left = i % w->out_width * w->stride_width;
        const float *const corner = x + (top * w->width + left) * w->channels;
        for (int c = 0; c < w->channels; c++) {
            float sum = 0.0f;
            for (int p = 0; p < taps; p++) {
                const int point = p / w->kernel_width * w->width + p % w->kernel_width;
                sum += corner[point * w->channels + c];
            }
            y[c] = sum * (1.0f / (float)taps);
        }
    }
}
