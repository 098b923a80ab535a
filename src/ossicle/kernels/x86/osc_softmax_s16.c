/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_exp2.h"
#include "osc_vector_math.h"

#if OSC_WIDE != 16
static void one_by_one(const int16_t *x, int16_t *y, int n, int32_t largest, int32_t multiplier, uint8_t shift)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        sum += osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
    }
    for (int i = 0; i < n; i++) {
        const int64_t share = osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
        const int64_t result = (share * 32768 + sum / 2) / sum;
        y[i] = (int16_t)(result > INT16_MAX ? INT16_MAX : result);
    }
}
#endif

#if OSC_WIDE == 16
/* Entries of a table of 64 words, which fits in four registers. */
static inline osc_ints_t entries_of(const int32_t *table, osc_ints_t index)
{
    const osc_ints_t first = _mm512_permutex2var_epi32(_mm512_loadu_si512(table), index, _mm512_loadu_si512(table + 16));
    const osc_ints_t last = _mm512_permutex2var_epi32(_mm512_loadu_si512(table + 32), index, _mm512_loadu_si512(table + 48));
    return _mm512_mask_mov_epi32(first, _mm512_test_epi32_mask(index, OSC_INT(32)), last);
}

/* 2 to the power of minus exponents of 12 fraction bits, linear between the entries of the table. */
static inline osc_ints_t powers_of(const int16_t *x, int n, int32_t largest, int32_t multiplier, uint8_t shift)
{
    const osc_ints_t less = OSC_OP(sub_epi32)(OSC_INT(largest), osc_get_s16(x, n));
    const osc_ints_t shifts = OSC_INT(shift);
    const osc_ints_t exponent = osc_vector_rescale(less, OSC_INT(multiplier), shifts, OSC_EXP2_LARGEST, 0);
    const osc_ints_t index = osc_and(OSC_OP(srai_epi32)(exponent, 6), OSC_INT(63));
    const osc_ints_t high = entries_of(osc_exp2_table, index);
    const osc_ints_t low = entries_of(osc_exp2_table + 1, index);
    const osc_ints_t part = OSC_OP(mullo_epi32)(OSC_OP(sub_epi32)(high, low), osc_and(exponent, OSC_INT(63)));
    const osc_ints_t power = OSC_OP(sub_epi32)(high, OSC_OP(srai_epi32)(part, 6));
    const osc_ints_t powers = OSC_OP(srav_epi32)(power, OSC_OP(srai_epi32)(exponent, 12));
    return _mm512_maskz_mov_epi32(osc_first_lanes(n), powers);
}

/* (power * 2**15 + sum / 2) / sum of eight powers. Doubles hold the numerator exactly, and their quotient does not
 * reach a whole number that the exact one does not. */
static inline __m256i shares_of(__m256i powers, double half, double sum)
{
    const __m512d raised = _mm512_mul_pd(_mm512_cvtepi32_pd(powers), _mm512_set1_pd(32768.0));
    return _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_add_pd(raised, _mm512_set1_pd(half)), _mm512_set1_pd(sum)));
}

static void probabilities(const int16_t *x, int16_t *y, int n, int32_t largest, int32_t multiplier, uint8_t shift)
{
    __m512i sums = _mm512_setzero_si512();
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t powers = powers_of(x + i, n - i, largest, multiplier, shift);
        const __m512i lower = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(powers));
        const __m512i upper = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(powers, 1));
        sums = _mm512_add_epi64(sums, _mm512_add_epi64(lower, upper));
    }
    const int64_t sum = _mm512_reduce_add_epi64(sums);
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t powers = powers_of(x + i, n - i, largest, multiplier, shift);
        const __m256i lower = shares_of(_mm512_castsi512_si256(powers), (double)(sum / 2), (double)sum);
        const __m256i upper = shares_of(_mm512_extracti64x4_epi64(powers, 1), (double)(sum / 2), (double)sum);
        osc_put_s16(y + i, _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1), n - i);
    }
}
#elif OSC_WIDE == 8
/* The most scores whose powers are kept. */
#define LONGEST 256

/* From which difference on the exponent is the largest one. */
static int32_t cap_of(int32_t multiplier, uint8_t shift)
{
    const int64_t cap = shift > 45 ? 65535 : ((int64_t)OSC_EXP2_LARGEST << shift) / multiplier + 1;
    return cap < 65535 ? (int32_t)cap : 65535;
}

/* 2 to the power of minus exponents of 12 fraction bits, linear between the entries of the table. Differences are not
 * negative, and limited before they are multiplied. */
static inline osc_ints_t powers_of(osc_ints_t less, int32_t multiplier, __m128i shift, int32_t cap)
{
    const osc_ints_t value = _mm256_min_epi32(less, OSC_INT(cap)), one = osc_set_s64(1), factor = OSC_INT(multiplier);
    const osc_ints_t even = _mm256_srl_epi64(_mm256_mul_epu32(value, factor), shift);
    const osc_ints_t odd = _mm256_srl_epi64(_mm256_mul_epu32(_mm256_srli_epi64(value, 32), factor), shift);
    const osc_ints_t whole = osc_join(_mm256_srli_epi64(_mm256_add_epi64(even, one), 1),
                                      _mm256_srli_epi64(_mm256_add_epi64(odd, one), 1));
    const osc_ints_t exponent = _mm256_min_epi32(whole, OSC_INT(OSC_EXP2_LARGEST));
    const osc_ints_t index = osc_and(_mm256_srai_epi32(exponent, 6), OSC_INT(63));
    const osc_ints_t high = _mm256_i32gather_epi32(osc_exp2_table, index, 4);
    const osc_ints_t low = _mm256_i32gather_epi32(osc_exp2_table + 1, index, 4);
    const osc_ints_t part = _mm256_mullo_epi32(_mm256_sub_epi32(high, low), osc_and(exponent, OSC_INT(63)));
    const osc_ints_t power = _mm256_sub_epi32(high, _mm256_srai_epi32(part, 6));
    return _mm256_srav_epi32(power, _mm256_srai_epi32(exponent, 12));
}

/* (power * 2**15 + sum / 2) / sum of four powers. Doubles hold the numerator exactly, and their quotient does not
 * reach a whole number that the exact one does not. */
static inline __m128i shares_of(__m128i powers, double half, double sum)
{
    const __m256d raised = _mm256_mul_pd(_mm256_cvtepi32_pd(powers), _mm256_set1_pd(32768.0));
    return _mm256_cvttpd_epi32(_mm256_div_pd(_mm256_add_pd(raised, _mm256_set1_pd(half)), _mm256_set1_pd(sum)));
}

static void by_lanes(const int16_t *x, int16_t *y, int n, int32_t largest, int32_t multiplier, uint8_t shift)
{
    const __m128i count = _mm_cvtsi32_si128(shift - 1);
    const int32_t cap = cap_of(multiplier, shift);
    osc_ints_t kept[LONGEST / OSC_WIDE], sums = OSC_INT(0);
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t less = _mm256_sub_epi32(OSC_INT(largest), osc_get_s16(x + i, n - i));
        const osc_ints_t powers = osc_and(powers_of(less, multiplier, count, cap), osc_first_lanes(n - i));
        const osc_ints_t pairs = _mm256_add_epi64(osc_and(powers, osc_set_s64(0xffffffff)), _mm256_srli_epi64(powers, 32));
        sums = _mm256_add_epi64(sums, pairs);
        kept[i / OSC_WIDE] = powers;
    }
    int64_t part[4];
    _mm256_storeu_si256((__m256i *)(void *)part, sums);
    const int64_t sum = part[0] + part[1] + part[2] + part[3];
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t powers = kept[i / OSC_WIDE];
        const __m128i lower = shares_of(_mm256_castsi256_si128(powers), (double)(sum / 2), (double)sum);
        const __m128i upper = shares_of(_mm256_extracti128_si256(powers, 1), (double)(sum / 2), (double)sum);
        osc_put_s16(y + i, _mm256_set_m128i(upper, lower), n - i);
    }
}

static void probabilities(const int16_t *x, int16_t *y, int n, int32_t largest, int32_t multiplier, uint8_t shift)
{
    (n > LONGEST ? one_by_one : by_lanes)(x, y, n, largest, multiplier, shift);
}
#else
#define probabilities one_by_one
#endif

void osc_softmax_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift)
{
    int32_t largest = x[0];
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    probabilities(x, y, n, largest, multiplier, shift);
}
