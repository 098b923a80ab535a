/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

void osc_unary_whole_pow_f32(const float *restrict x, float *restrict y, int n, int exponent)
{
    const int factors = exponent < 0 ? -exponent : exponent;
    for (int i = 0; i < n; i++) {
        float product = 1.0f, power = x[i];
        for (int left = factors; left > 0; left >>= 1, power *= power) {
            product *= left & 1 ? power : 1.0f;
        }
        y[i] = exponent < 0 ? 1.0f / product : product;
    }
}
