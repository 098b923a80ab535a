/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"

#define RESULT(a, j) ((a) / b[j])

void osc_binary_div_f32(const float *restrict a, const float *restrict b, float *restrict y, int n, int size,
                        int inner)
{
    OSC_REPEATED(a, RESULT)
}
