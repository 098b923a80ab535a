/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

/* The product is there in both cases, so that compilers choose between vectors. */
static inline float sloped(float x, float slope)
{
    const float product = slope * x;
    return x > 0.0f ? x : product;
}

#define RESULT(x, j) sloped(x, slope[j])

void osc_unary_prelu_f32(const float *restrict x, float *restrict y, int n, const float *restrict slope, int size,
                         int inner)
{
    OSC_REPEATED(x, RESULT)
}
