/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_affine.h"
#include "osc_math.h"
#include "osc_repeated.h"

#define RESULT(x, j) (int8_t)osc_clamp_s32(((x) * scale[j] + offset[j]) >> shift, INT8_MIN, INT8_MAX)

void osc_affine_s8(const int8_t *restrict x, int8_t *restrict y, int n, const int16_t *scale,
                   const int32_t *offset, int size, int inner, int shift)
{
    OSC_REPEATED(x, RESULT)
}
