/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of osc_math.h for a vector: the same operations in the same order, and so the same bits. */
#ifndef OSC_VECTOR_MATH_H
#define OSC_VECTOR_MATH_H

#include "osc_vectors.h"

#ifdef OSC_WIDE

#define OSC_FLOAT(value) OSC_OP(set1_ps)(value)
#define OSC_INT(value) OSC_OP(set1_epi32)(value)

static inline osc_floats_t osc_vector_exp(osc_floats_t x)
{
    const osc_floats_t magic = OSC_FLOAT(OSC_ROUND_MAGIC);
    const osc_floats_t y = OSC_OP(min_ps)(OSC_FLOAT(88.0f), OSC_OP(max_ps)(OSC_FLOAT(-87.0f), x));
    const osc_floats_t shifted = OSC_OP(add_ps)(OSC_OP(mul_ps)(y, OSC_FLOAT(1.44269504f)), magic);
    const osc_floats_t k = OSC_OP(sub_ps)(shifted, magic);
    const osc_floats_t upper = OSC_OP(sub_ps)(y, OSC_OP(mul_ps)(k, OSC_FLOAT(0.693359375f)));
    const osc_floats_t r = OSC_OP(add_ps)(upper, OSC_OP(mul_ps)(k, OSC_FLOAT(2.12194440e-4f)));
    const float factors[7] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
    osc_floats_t series = OSC_FLOAT(1.0f / 5040);
    for (int i = 0; i < 7; i++) {
        series = OSC_OP(add_ps)(OSC_FLOAT(factors[i]), OSC_OP(mul_ps)(r, series));
    }
    const osc_ints_t power = OSC_OP(slli_epi32)(OSC_OP(add_epi32)(osc_bits_of(shifted), OSC_INT(127)), 23);
    return OSC_OP(mul_ps)(series, osc_floats_of(power));
}

static inline osc_floats_t osc_vector_sigmoid(osc_floats_t x)
{
    const osc_floats_t one = OSC_FLOAT(1.0f), negative = OSC_OP(xor_ps)(x, OSC_FLOAT(-0.0f));
    return OSC_OP(div_ps)(one, OSC_OP(add_ps)(one, osc_vector_exp(negative)));
}

static inline osc_floats_t osc_vector_tanh(osc_floats_t x)
{
    const osc_floats_t one = OSC_FLOAT(1.0f), two = OSC_FLOAT(2.0f);
    const osc_floats_t power = osc_vector_exp(OSC_OP(mul_ps)(two, x));
    return OSC_OP(sub_ps)(one, OSC_OP(div_ps)(two, OSC_OP(add_ps)(power, one)));
}

/* osc_rescale_s32: the products of even and of odd lanes have 64 bits. Of `small` factors, under a half, which nearly all
 * are, the upper words of the products are enough. It is a constant: code for both in one loop has too few registers. */
OSC_INLINE osc_ints_t osc_vector_rescale(osc_ints_t value, osc_ints_t multiplier, osc_ints_t shift, int32_t limit,
                                         int small)
{
    osc_ints_t even = OSC_OP(mul_epi32)(value, multiplier);
    osc_ints_t odd = OSC_OP(mul_epi32)(OSC_OP(srli_epi64)(value, 32), OSC_OP(srli_epi64)(multiplier, 32));
    if (small) {
        const osc_ints_t counts = OSC_OP(sub_epi32)(shift, OSC_INT(33));
        const osc_ints_t shifted = OSC_OP(srav_epi32)(osc_join_upper(even, odd), counts);
        const osc_ints_t result = OSC_OP(srai_epi32)(OSC_OP(add_epi32)(shifted, OSC_INT(1)), 1);
        return OSC_OP(max_epi32)(OSC_OP(min_epi32)(result, OSC_INT(limit)), OSC_INT(-limit));
    }
    const osc_ints_t counts = OSC_OP(sub_epi32)(shift, OSC_INT(1)), one = osc_set_s64(1);
    const osc_ints_t even_counts = osc_and(counts, osc_set_s64(0xffffffff));
    const osc_ints_t odd_counts = OSC_OP(srli_epi64)(counts, 32);
    const osc_ints_t low = osc_set_s64(-(int64_t)limit), high = osc_set_s64(limit);
    even = osc_half_s64(OSC_OP(add_epi64)(osc_shift_s64(even, even_counts), one));
    odd = osc_half_s64(OSC_OP(add_epi64)(osc_shift_s64(odd, odd_counts), one));
    return osc_join(osc_limit_s64(even, low, high), osc_limit_s64(odd, low, high));
}

/* Whether all factors with these shifts, from 1 to 63, are small: less one, a shift has bit 5. */
static inline int osc_small_factors(const uint8_t *shift, int n)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t all = UINT64_MAX, word;
    if (n < 8) {
        for (int i = 0; i < n; i++) {
            all &= (shift[i] - 1u) * ones;
        }
        return (all & 32 * ones) == 32 * ones;
    }
    for (int i = 0; i + 8 < n; i += 8) {
        __builtin_memcpy(&word, shift + i, sizeof word);
        all &= word - ones;
    }
    __builtin_memcpy(&word, shift + n - 8, sizeof word);
    all &= word - ones;
    return (all & 32 * ones) == 32 * ones;
}

/* The same of values of 16 bits: with a shift of 16 or more, which is what `small` says here, 32 bits hold their products
 * with the upper 16 bits of the multiplier and what its lower 15 bits add to these. */
OSC_INLINE osc_ints_t osc_vector_rescale_s16(osc_ints_t value, int32_t multiplier, uint8_t shift, int32_t limit, int small)
{
    if (!small) {
        return osc_vector_rescale(value, OSC_INT(multiplier), OSC_INT(shift), limit, 0);
    }
    const osc_ints_t lower = OSC_OP(srai_epi32)(OSC_OP(mullo_epi32)(value, OSC_INT(multiplier & 0x7fff)), 15);
    const osc_ints_t product = OSC_OP(add_epi32)(OSC_OP(mullo_epi32)(value, OSC_INT(multiplier >> 15)), lower);
    const osc_ints_t shifted = OSC_OP(sra_epi32)(product, _mm_cvtsi32_si128(shift - 16));
    const osc_ints_t result = OSC_OP(srai_epi32)(OSC_OP(add_epi32)(shifted, OSC_INT(1)), 1);
    return OSC_OP(max_epi32)(OSC_OP(min_epi32)(result, OSC_INT(limit)), OSC_INT(-limit));
}

static inline osc_ints_t osc_vector_tanh_q15(osc_ints_t x, int fraction)
{
    const int step = fraction - 6;
    const __m128i steps = _mm_cvtsi32_si128(step);
    const osc_ints_t inside = OSC_OP(min_epi32)(OSC_OP(abs_epi32)(x), OSC_INT((512 << step) - 1));
    const osc_ints_t pair = osc_look_up(osc_tanh_table, OSC_OP(sra_epi32)(inside, steps));
    const osc_ints_t low = OSC_OP(srai_epi32)(OSC_OP(slli_epi32)(pair, 16), 16);
    const osc_ints_t rise = OSC_OP(sub_epi32)(OSC_OP(srai_epi32)(pair, 16), low);
    const osc_ints_t part = OSC_OP(mullo_epi32)(rise, osc_and(inside, OSC_INT((1 << step) - 1)));
    const osc_ints_t rounded = OSC_OP(sra_epi32)(OSC_OP(add_epi32)(part, OSC_INT((1 << step) >> 1)), steps);
    return osc_with_sign(OSC_OP(add_epi32)(low, rounded), x);
}

static inline osc_ints_t osc_vector_sigmoid_q15(osc_ints_t x, int fraction)
{
    return OSC_OP(srai_epi32)(OSC_OP(add_epi32)(osc_vector_tanh_q15(x, fraction + 1), OSC_INT(32769)), 1);
}

/* a * b in Q15, halves upwards. */
static inline osc_ints_t osc_vector_times_q15(osc_ints_t a, osc_ints_t b)
{
    return OSC_OP(srai_epi32)(OSC_OP(add_epi32)(OSC_OP(mullo_epi32)(a, b), OSC_INT(1 << 14)), 15);
}

#endif
#endif
