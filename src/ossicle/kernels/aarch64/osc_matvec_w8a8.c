/* SPDX-License-Identifier: Apache-2.0 */
#include <arm_neon.h>
#include <stdint.h>

typedef int8_t osc_operand_t;
typedef int8x16_t osc_value_t;
typedef struct {
    int32x4_t sum;
} osc_sum_t;

#include "osc_groups.h"

OSC_INLINE int8x16_t osc_value(const int8_t *x)
{
    return vld1q_s8(x);
}

OSC_INLINE void osc_add(osc_sum_t *sum, int8x16_t weights, int8x16_t x)
{
#ifdef __ARM_FEATURE_DOTPROD
    sum->sum = vdotq_s32(sum->sum, weights, x);
#else
    /* Two products are 16 bits, since no weight is -128. */
    const int16x8_t products = vmull_s8(vget_low_s8(weights), vget_low_s8(x));
    sum->sum = vpadalq_s16(sum->sum, vmlal_high_s8(products, weights, x));
#endif
}

OSC_INLINE int32x4_t osc_totals(const osc_sum_t *sums, const int8_t *correction)
{
    (void)correction;
    return vpaddq_s32(vpaddq_s32(sums[0].sum, sums[1].sum), vpaddq_s32(sums[2].sum, sums[3].sum));
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
{
    osc_multiply_groups(matrix, x, y);
}
