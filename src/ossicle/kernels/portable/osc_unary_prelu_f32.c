/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

#define RESULT(x, j) ((x) > 0.0f ? (x) : slope[j] * (x))

void osc_unary_prelu_f32(const float *restrict x, float *restrict y, int n, const float *slope, int size,
                         int inner)
{
    OSC_REPEATED(x, RESULT)
}
