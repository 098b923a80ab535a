/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_reduce.h"

void osc_reduce_squares_f32(const float *restrict x, float *restrict y, int outer, int count, int inner,
                            float factor)
{
    for (int o = 0; o < outer; o++, y += inner) {
        for (int i = 0; i < inner; i++) {
            y[i] = 0.0f;
        }
        for (int c = 0; c < count; c++, x += inner) {
            for (int i = 0; i < inner; i++) {
                y[i] += x[i] * x[i];
            }
        }
        for (int i = 0; i < inner; i++) {
            y[i] *= factor;
        }
    }
}
