/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"

#define RESULT(a, b) ((a) < (b) ? (a) : (b))

void osc_binary_min_f32(const float *restrict a, const float *restrict b, float *restrict y, int outer, int size,
                        int inner)
{
    OSC_BINARY(float, RESULT)
}
