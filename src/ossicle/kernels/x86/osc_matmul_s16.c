/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

static int16_t code_of(int64_t sum, int32_t multiplier, uint8_t shift)
{
    const int64_t code = ((sum * multiplier >> (shift - 1)) + 1) >> 1;
    return (int16_t)(code < INT16_MIN ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
}

static void one_by_one(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                       uint8_t shift)
{
    const int k = shape->k, n = shape->n;
    const int step = shape->transposed ? 1 : n, next = shape->transposed ? k : 1;
    for (int r = 0; r < shape->m; r++, a += k, y += n) {
        for (int j = 0; j < n; j++) {
            int64_t sum = 0;
            for (int c = 0; c < k; c++) {
                sum += (int32_t)a[c] * b[j * next + c * step];
            }
            y[j] = code_of(sum, multiplier, shift);
        }
    }
}

#if OSC_WIDE == 16
/* The longest columns of b that are brought into pairs. */
#define LONGEST 128

/* What makes the sum of any two products positive: it is from -LEAST to 2**31. */
#define LEAST 2147418112u

/* sum * multiplier / 2**shift of eight lanes of 64 bits, as codes. */
static inline __m128i codes_of(__m512i sum, int32_t multiplier, uint8_t shift)
{
    const __m512i product = _mm512_mullo_epi64(sum, _mm512_set1_epi64(multiplier));
    const __m512i shifted = _mm512_srav_epi64(product, _mm512_set1_epi64(shift - 1));
    return _mm512_cvtsepi64_epi16(_mm512_srai_epi64(_mm512_add_epi64(shifted, _mm512_set1_epi64(1)), 1));
}

/* Sums of two products, made positive, are added up in halves of 16 bits, for which 32 bits are enough. */
typedef struct {
    __m512i upper, lower;
} sums_t;

static inline void add_pair(sums_t *sums, __m512i pairs, int32_t values)
{
    const __m512i products = _mm512_madd_epi16(pairs, _mm512_set1_epi32(values));
    const __m512i sum = _mm512_add_epi32(products, _mm512_set1_epi32((int32_t)LEAST));
    sums->upper = _mm512_add_epi32(sums->upper, _mm512_srli_epi32(sum, 16));
    sums->lower = _mm512_add_epi32(sums->lower, _mm512_and_si512(sum, _mm512_set1_epi32(0xffff)));
}

/* A row of a times up to 16 columns in pairs, the last of which is a single one where k is odd. */
static inline void one_row(const int16_t *a, const __m512i *pairs, int k, int lanes, int16_t *y, int32_t multiplier,
                           uint8_t shift)
{
    sums_t sums = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int c = 0; c + 1 < k; c += 2) {
        int32_t values;
        __builtin_memcpy(&values, a + c, sizeof values);
        add_pair(&sums, pairs[c / 2], values);
    }
    if (k % 2) {
        add_pair(&sums, pairs[k / 2], (uint16_t)a[k - 1]);
    }
    const __m512i added = _mm512_set1_epi64((int64_t)LEAST * ((k + 1) / 2));
    __m128i codes[2];
    for (int half = 0; half < 2; half++) {
        const __m256i up = half ? _mm512_extracti64x4_epi64(sums.upper, 1) : _mm512_castsi512_si256(sums.upper);
        const __m256i low = half ? _mm512_extracti64x4_epi64(sums.lower, 1) : _mm512_castsi512_si256(sums.lower);
        const __m512i wide = _mm512_slli_epi64(_mm512_cvtepu32_epi64(up), 16);
        const __m512i sum = _mm512_sub_epi64(_mm512_add_epi64(wide, _mm512_cvtepu32_epi64(low)), added);
        codes[half] = codes_of(sum, multiplier, shift);
    }
    _mm256_mask_storeu_epi16(y, osc_first_lanes(lanes), _mm256_set_m128i(codes[1], codes[0]));
}

/* Up to 16 columns of b in pairs, where b lies row by row, and rows are n long. */
static inline void pairs_of_rows(const int16_t *b, int k, int n, int lanes, __m512i *pairs)
{
    for (int c = 0; c < k; c++, b += n) {
        const __m512i values = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(osc_first_lanes(lanes), b));
        pairs[c / 2] = c % 2 ? _mm512_or_si512(pairs[c / 2], _mm512_slli_epi32(values, 16)) : values;
    }
}

/* The same where b lies column by column. */
static inline void pairs_of_columns(const int16_t *b, int k, int lanes, __m512i *pairs)
{
    const __m512i order = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i places = _mm512_mullo_epi32(order, _mm512_set1_epi32(k)), zero = _mm512_setzero_si512();
    int32_t last[OSC_WIDE] = {0};
    for (int c = 0; c + 1 < k; c += 2) {
        pairs[c / 2] = _mm512_mask_i32gather_epi32(zero, osc_first_lanes(lanes), places, b + c, 2);
    }
    for (int l = 0; l < lanes; l++) {
        last[l] = (uint16_t)b[l * k + k - 1];
    }
    if (k % 2) {
        pairs[k / 2] = _mm512_loadu_si512(last);
    }
}

static void by_columns(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                       uint8_t shift)
{
    const int k = shape->k, n = shape->n;
    __m512i pairs[LONGEST / 2];
    for (int j = 0; j < n; j += OSC_WIDE) {
        const int lanes = n - j < OSC_WIDE ? n - j : OSC_WIDE;
        if (shape->transposed) {
            pairs_of_columns(b + j * k, k, lanes, pairs);
        } else {
            pairs_of_rows(b + j, k, n, lanes, pairs);
        }
        for (int r = 0; r < shape->m; r++) {
            one_row(a + r * k, pairs, k, lanes, y + r * n + j, multiplier, shift);
        }
    }
}
#elif OSC_WIDE == 8
/* The longest columns of b that are brought into pairs. */
#define LONGEST 128

/* What makes the sum of any two products positive: it is from -LEAST to 2**31. */
#define LEAST 2147418112u

/* The whole part of sum * multiplier / 2**shift + 1/2 in four lanes of 64 bits, limited to 32 bits. */
static inline osc_ints_t results_of(osc_ints_t sum, osc_ints_t multiplier, osc_ints_t count)
{
    const osc_ints_t upper = _mm256_mul_epi32(_mm256_srli_epi64(sum, 32), multiplier);
    const osc_ints_t product = _mm256_add_epi64(_mm256_mul_epu32(sum, multiplier), _mm256_slli_epi64(upper, 32));
    const osc_ints_t raised = _mm256_add_epi64(osc_shift_s64(product, count), osc_set_s64(1));
    return osc_limit_s64(osc_half_s64(raised), osc_set_s64(INT16_MIN), osc_set_s64(INT16_MAX));
}

/* A row of a times up to eight columns in pairs, the last of which is a single one where k is odd. Sums of two products,
 * made positive, are added up in halves of 16 bits, for which 32 bits are enough. */
OSC_INLINE void one_row(const int16_t *a, const osc_ints_t *pairs, int k, int lanes, int16_t *y, int32_t multiplier,
                        uint8_t shift)
{
    const osc_ints_t least = OSC_OP(set1_epi32)((int32_t)LEAST), words = osc_set_s64(0xffffffff);
    osc_ints_t upper = OSC_OP(set1_epi32)(0), lower = upper;
    for (int c = 0; c < k; c += 2) {
        int32_t values = (uint16_t)a[c];
        if (c + 1 < k) {
            __builtin_memcpy(&values, a + c, sizeof values);
        }
        const osc_ints_t products = _mm256_madd_epi16(pairs[c / 2], OSC_OP(set1_epi32)(values));
        const osc_ints_t sum = _mm256_add_epi32(products, least);
        upper = _mm256_add_epi32(upper, _mm256_srli_epi32(sum, 16));
        lower = _mm256_add_epi32(lower, osc_and(sum, OSC_OP(set1_epi32)(0xffff)));
    }
    const osc_ints_t added = osc_set_s64((int64_t)LEAST * ((k + 1) / 2)), factor = osc_set_s64(multiplier);
    const osc_ints_t count = osc_set_s64(shift - 1);
    const osc_ints_t even = _mm256_add_epi64(_mm256_slli_epi64(osc_and(upper, words), 16), osc_and(lower, words));
    const osc_ints_t odd =
        _mm256_add_epi64(_mm256_slli_epi64(_mm256_srli_epi64(upper, 32), 16), _mm256_srli_epi64(lower, 32));
    const osc_ints_t results = osc_join(results_of(_mm256_sub_epi64(even, added), factor, count),
                                        results_of(_mm256_sub_epi64(odd, added), factor, count));
    osc_put_s16(y, results, lanes);
}

/* Up to eight columns of b in pairs, where b lies row by row, and rows are n long. */
static inline void pairs_of_rows(const int16_t *b, int k, int n, int lanes, osc_ints_t *pairs)
{
    for (int c = 0; c < k; c++, b += n) {
        const osc_ints_t values = osc_get_s16(b, lanes);
        pairs[c / 2] = c % 2 ? _mm256_blend_epi16(pairs[c / 2], _mm256_slli_epi32(values, 16), 0xaa)
                             : osc_and(values, OSC_OP(set1_epi32)(0xffff));
    }
}

/* The same where b lies column by column. */
static inline void pairs_of_columns(const int16_t *b, int k, int lanes, osc_ints_t *pairs)
{
    for (int c = 0; c < k; c += 2) {
        int16_t two[2 * OSC_WIDE] = {0};
        for (int l = 0; l < lanes; l++) {
            two[2 * l] = b[l * k + c];
            two[2 * l + 1] = c + 1 < k ? b[l * k + c + 1] : 0;
        }
        pairs[c / 2] = _mm256_loadu_si256((const __m256i *)(const void *)two);
    }
}

static void by_columns(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                       uint8_t shift)
{
    const int k = shape->k, n = shape->n;
    osc_ints_t pairs[LONGEST / 2];
    for (int j = 0; j < n; j += OSC_WIDE) {
        const int lanes = n - j < OSC_WIDE ? n - j : OSC_WIDE;
        if (shape->transposed) {
            pairs_of_columns(b + j * k, k, lanes, pairs);
        } else {
            pairs_of_rows(b + j, k, n, lanes, pairs);
        }
        for (int r = 0; r < shape->m; r++) {
            one_row(a + r * k, pairs, k, lanes, y + r * n + j, multiplier, shift);
        }
    }
}
#else
#define LONGEST 0
#define by_columns one_by_one
#endif

/* k is at most 2**15, so that a sum of 45 bits and its sign, times a multiplier of at most 2**16, is an int64. */
void osc_matmul_s16(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                    uint8_t shift)
{
    const int m = shape->m, k = shape->k, n = shape->n;
    for (int i = 0; i < shape->batch; i++, a += m * k, b += k * n, y += m * n) {
        (k > LONGEST ? one_by_one : by_columns)(shape, a, b, y, multiplier, shift);
    }
}
