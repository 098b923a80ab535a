/* SPDX-License-Identifier: Apache-2.0 */
/* With SDOT, an operand is 256 times its upper byte plus its lower byte, which less 128 is a signed one; what that takes
 * from the sum of a row is 128 times the sum of its weights. Both sums are added up modulo 2**32, as their total fits. */
#include <arm_neon.h>
#include <stdint.h>

typedef int16_t osc_operand_t;

#ifdef __ARM_FEATURE_DOTPROD
typedef struct {
    int8x16_t upper, lower;
} osc_value_t;
typedef struct {
    int32x4_t upper, lower;
} osc_sum_t;
#else
typedef struct {
    int16x8_t first, last;
} osc_value_t;
typedef struct {
    int32x4_t sum;
} osc_sum_t;
#endif

#include "osc_groups.h"

OSC_INLINE int32x4_t pairwise(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d)
{
    return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}

#ifdef __ARM_FEATURE_DOTPROD
OSC_INLINE osc_value_t osc_value(const int16_t *x)
{
    const int8x16_t first = vreinterpretq_s8_s16(vld1q_s16(x)), last = vreinterpretq_s8_s16(vld1q_s16(x + 8));
    return (osc_value_t){vuzp2q_s8(first, last), veorq_s8(vuzp1q_s8(first, last), vdupq_n_s8(-128))};
}

OSC_INLINE void osc_add(osc_sum_t *sum, int8x16_t weights, osc_value_t x)
{
    sum->upper = vdotq_s32(sum->upper, weights, x.upper);
    sum->lower = vdotq_s32(sum->lower, weights, x.lower);
}

OSC_INLINE int32x4_t osc_totals(const osc_sum_t *sums, const int8_t *correction)
{
    const int32x4_t upper = pairwise(sums[0].upper, sums[1].upper, sums[2].upper, sums[3].upper);
    const int32x4_t lower = pairwise(sums[0].lower, sums[1].lower, sums[2].lower, sums[3].lower);
    const int32x4_t corrected = vaddq_s32(lower, vreinterpretq_s32_s8(vld1q_s8(correction)));
    return vaddq_s32(vshlq_n_s32(upper, 8), corrected);
}
#else
OSC_INLINE osc_value_t osc_value(const int16_t *x)
{
    return (osc_value_t){vld1q_s16(x), vld1q_s16(x + 8)};
}

OSC_INLINE void osc_add(osc_sum_t *sum, int8x16_t weights, osc_value_t x)
{
    const int16x8_t first = vmovl_s8(vget_low_s8(weights)), last = vmovl_high_s8(weights);
    sum->sum = vmlal_s16(sum->sum, vget_low_s16(first), vget_low_s16(x.first));
    sum->sum = vmlal_high_s16(sum->sum, first, x.first);
    sum->sum = vmlal_s16(sum->sum, vget_low_s16(last), vget_low_s16(x.last));
    sum->sum = vmlal_high_s16(sum->sum, last, x.last);
}

OSC_INLINE int32x4_t osc_totals(const osc_sum_t *sums, const int8_t *correction)
{
    (void)correction;
    return pairwise(sums[0].sum, sums[1].sum, sums[2].sum, sums[3].sum);
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    osc_multiply_groups(matrix, x, y);
}
