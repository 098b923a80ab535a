/* SPDX-License-Identifier: Apache-2.0 */
/* With products of bytes, an operand is 256 times its upper byte plus its lower byte; the lower one has no sign, and to the
 * upper one 128 is added. What that adds to the sum of a row is 256 times 128 times the sum of its weights. Sums are
 * added up modulo 2**32, as their total fits. */
#include "osc_quads.h"

typedef int16_t osc_operand_t;

#ifdef OSC_ADDS_BYTES
#define OSC_SUMS 4

typedef struct {
    osc_ints_t lower, upper;
} osc_columns_t, osc_rows_t;
#elif defined(OSC_WIDE)
#define OSC_SUMS 4

typedef osc_ints_t osc_columns_t;
#endif

#include "osc_matvec_quads.h"

#ifdef OSC_WIDE
OSC_INLINE osc_columns_t osc_four_columns(const int16_t *x)
{
    int64_t four;
    __builtin_memcpy(&four, x, sizeof four);
#ifdef OSC_ADDS_BYTES
    const osc_ints_t words = osc_set_s64(four);
    const osc_ints_t lower = OSC_OP(shuffle_epi8)(words, osc_set_s64(0x0604020006040200));
    const osc_ints_t upper = OSC_OP(shuffle_epi8)(words, osc_set_s64(0x0705030107050301));
    return (osc_columns_t){lower, osc_flip(upper, OSC_OP(set1_epi8)(-128))};
#else
    return osc_set_s64(four);
#endif
}
#endif

#ifdef OSC_ADDS_BYTES
OSC_INLINE void osc_add_columns(osc_rows_t *sum, osc_ints_t weights, osc_columns_t x)
{
    sum->lower = osc_add_bytes(sum->lower, x.lower, weights);
    sum->upper = osc_add_bytes(sum->upper, x.upper, weights);
}

OSC_INLINE osc_ints_t osc_total(osc_rows_t sum, osc_ints_t correction)
{
    const osc_ints_t upper = OSC_OP(sub_epi32)(sum.upper, correction);
    return OSC_OP(add_epi32)(sum.lower, OSC_OP(slli_epi32)(upper, 8));
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    osc_matvec_quads(matrix, x, y);
}
