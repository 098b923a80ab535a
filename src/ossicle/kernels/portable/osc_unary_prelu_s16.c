/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_unary.h"

static inline int32_t sloped(int32_t x, int32_t positive, int32_t negative, int shift)
{
    return (x * (x < 0 ? negative : positive) + (1 << (shift - 1))) >> shift;
}

#define CODE(x, j) (sloped((x) - x_zero_point, positive, slope[j], shift) + zero_point)
#define RESULT(x, j) (int16_t)osc_clamp_s32(CODE(x, j), INT16_MIN, INT16_MAX)

void osc_unary_prelu_s16(const int16_t *restrict x, int16_t *restrict y, int n, const int16_t *slope, int size,
                         int inner, int32_t positive, int shift, int32_t x_zero_point, int32_t zero_point)
{
    OSC_REPEATED(x, RESULT)
}
