/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_reduce.h"

void osc_reduce_max_f32(const float *restrict x, float *restrict y, int outer, int count, int inner)
{
    for (int o = 0; o < outer; o++, y += inner) {
        for (int i = 0; i < inner; i++) {
            y[i] = x[i];
        }
        for (int c = 0; c < count; c++, x += inner) {
            for (int i = 0; i < inner; i++) {
                y[i] = x[i] > y[i] ? x[i] : y[i];
            }
        }
    }
}
