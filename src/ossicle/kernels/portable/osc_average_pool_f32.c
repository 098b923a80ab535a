/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_average_pool_f32(const osc_geometry_t *w, const float *x, float *y)
{
    const int taps = w->kernel_height * w->kernel_width, channels = w->channels;
    for (int i = 0; i < w->out_height * w->out_width; i++, y += channels) {
        const int top = i / w->out_width * w->stride_height, left = i % w->out_width * w->stride_width;
        const float *const corner = x + (top * w->width + left) * channels;
        for (int c = 0; c < channels; c++) {
            const float *row = corner + c;
            float sum = 0.0f;
            for (int j = 0; j < w->kernel_height; j++, row += w->width * channels) {
                for (int k = 0; k < w->kernel_width; k++) {
                    sum += row[k * channels];
                }
            }
            y[c] = sum * (1.0f / (float)taps);
        }
    }
}
