/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_affine.h"
#include "osc_repeated.h"

#define RESULT(x, j) ((x) * scale[j] + offset[j])

void osc_affine_f32(const float *restrict x, float *restrict y, int n, const float *scale, const float *offset,
                    int size, int inner)
{
    OSC_REPEATED(x, RESULT)
}
