/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_affine.h"
#include "osc_math.h"
#include "osc_repeated.h"

#define RESULT(x, j) (int16_t)osc_clamp_s32(((x) * scale[j] + offset[j]) >> shift, INT16_MIN, INT16_MAX)

void osc_affine_s16(const int16_t *restrict x, int16_t *restrict y, int n, const int16_t *scale,
                    const int32_t *offset, int size, int inner, int shift)
{
    OSC_REPEATED(x, RESULT)
}
