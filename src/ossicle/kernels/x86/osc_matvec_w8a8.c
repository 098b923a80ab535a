/* SPDX-License-Identifier: Apache-2.0 */
/* With products of bytes, 128 is added to an operand, which then has no sign. What that adds to the sum of a row is 128
 * times the sum of its weights. Sums are added up modulo 2**32, as their total fits. */
#include "osc_quads.h"

typedef int8_t osc_operand_t;

#ifdef OSC_ADDS_BYTES
#define OSC_SUMS 8

typedef osc_ints_t osc_columns_t;
typedef struct {
    osc_ints_t sum;
} osc_rows_t;
#elif defined(OSC_WIDE)
#define OSC_SUMS 4

typedef osc_ints_t osc_columns_t;
#endif

#include "osc_matvec_quads.h"

#ifdef OSC_WIDE
OSC_INLINE osc_columns_t osc_four_columns(const int8_t *x)
{
    int32_t four;
    __builtin_memcpy(&four, x, sizeof four);
#ifdef OSC_ADDS_BYTES
    return osc_flip(OSC_OP(set1_epi32)(four), OSC_OP(set1_epi8)(-128));
#else
    return osc_set_s64(_mm_cvtsi128_si64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(four))));
#endif
}
#endif

#ifdef OSC_ADDS_BYTES
OSC_INLINE void osc_add_columns(osc_rows_t *sum, osc_ints_t weights, osc_columns_t x)
{
    sum->sum = osc_add_bytes(sum->sum, x, weights);
}

OSC_INLINE osc_ints_t osc_total(osc_rows_t sum, osc_ints_t correction)
{
    return OSC_OP(sub_epi32)(sum.sum, correction);
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
{
    osc_matvec_quads(matrix, x, y);
}
