/* SPDX-License-Identifier: Apache-2.0 */
/* Vector registers of AVX-512 or AVX2, with OSC_WIDE lanes of 32 bits. Where the compiler may use neither, OSC_WIDE is
 * not defined, and each kernel has a loop instead.
 *
 * `n` is how many lanes of a vector are in memory, if it is under OSC_WIDE: nothing beyond them is read or written,
 * and lanes that are not read are zero. */
#ifndef OSC_VECTORS_H
#define OSC_VECTORS_H

#include "osc_math.h"

#define OSC_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include <immintrin.h>
#define OSC_WIDE 16
#define OSC_MASKS_ARE_FREE 1

typedef __m512 osc_floats_t;
typedef __m512i osc_ints_t;

static inline __mmask16 osc_first_lanes(int n)
{
    return (__mmask16)(n < OSC_WIDE ? (1u << n) - 1u : 0xffffu);
}

static inline osc_floats_t osc_get_floats(const float *x, int n)
{
    return _mm512_maskz_loadu_ps(osc_first_lanes(n), x);
}

static inline void osc_put_floats(float *y, osc_floats_t value, int n)
{
    _mm512_mask_storeu_ps(y, osc_first_lanes(n), value);
}

static inline osc_ints_t osc_get_ints(const int32_t *x, int n)
{
    return _mm512_maskz_loadu_epi32(osc_first_lanes(n), x);
}

static inline void osc_put_ints(int32_t *y, osc_ints_t value, int n)
{
    _mm512_mask_storeu_epi32(y, osc_first_lanes(n), value);
}

static inline osc_ints_t osc_get_s16(const int16_t *x, int n)
{
    return _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(osc_first_lanes(n), x));
}

static inline osc_ints_t osc_get_u16(const int16_t *x, int n)
{
    return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(osc_first_lanes(n), x));
}

/* Saturated. */
static inline void osc_put_s16(int16_t *y, osc_ints_t value, int n)
{
    _mm512_mask_cvtsepi32_storeu_epi16(y, osc_first_lanes(n), value);
}

static inline osc_ints_t osc_get_s8(const int8_t *x, int n)
{
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(osc_first_lanes(n), x));
}

static inline void osc_put_s8(int8_t *y, osc_ints_t value, int n)
{
    _mm512_mask_cvtsepi32_storeu_epi8(y, osc_first_lanes(n), value);
}

/* Shifts of factors, of which those that are not read are 63. */
static inline osc_ints_t osc_get_shifts(const uint8_t *x, int n)
{
    return _mm512_cvtepu8_epi32(_mm_mask_loadu_epi8(_mm_set1_epi8(63), osc_first_lanes(n), x));
}

static inline osc_floats_t osc_get_halves(const osc_half_t *x, int n)
{
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(osc_first_lanes(n), x));
}

/* Pairs of neighbours, sign-extended to the 16-bit halves of a lane each. */
static inline osc_ints_t osc_get_pairs(const int8_t *x, int n)
{
    const uint32_t mask = n < OSC_WIDE ? (1u << (2 * n)) - 1u : 0xffffffffu;
    return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(mask, x));
}

/* sum + the two products of 16-bit halves. */
static inline osc_ints_t osc_add_pairs(osc_ints_t sum, osc_ints_t a, osc_ints_t b)
{
#ifdef __AVX512VNNI__
    return _mm512_dpwssd_epi32(sum, a, b);
#else
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
#endif
}

#ifdef __AVX512VNNI__
#define OSC_ADDS_BYTES 1

/* sum + the four products of bytes, those of `a` without a sign. */
static inline osc_ints_t osc_add_bytes(osc_ints_t sum, osc_ints_t a, osc_ints_t b)
{
    return _mm512_dpbusd_epi32(sum, a, b);
}
#endif

/* The sums of two neighbours, those of `a` first. */
static inline osc_ints_t osc_add_neighbours(osc_ints_t a, osc_ints_t b)
{
    const osc_ints_t even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const osc_ints_t odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    return _mm512_add_epi32(_mm512_permutex2var_epi32(a, even, b), _mm512_permutex2var_epi32(a, odd, b));
}

#define OSC_OP(name) _mm512_##name
#define osc_set_s64(x) _mm512_set1_epi64(x)
#define osc_bits_of(x) _mm512_castps_si512(x)
#define osc_floats_of(x) _mm512_castsi512_ps(x)
#define osc_and(a, b) _mm512_and_si512(a, b)
#define osc_flip(a, b) _mm512_xor_si512(a, b)
#define osc_limit_s64(x, low, high) _mm512_max_epi64(_mm512_min_epi64(x, high), low)
#define osc_shift_s64(x, count) _mm512_srav_epi64(x, count)
#define osc_half_s64(x) _mm512_srai_epi64(x, 1)

/* The lower 32 bits of 64-bit lanes: `even` in the even lanes of the result, `odd` in the others. */
static inline osc_ints_t osc_join(osc_ints_t even, osc_ints_t odd)
{
    return _mm512_mask_shuffle_epi32(even, 0xaaaa, odd, _MM_PERM_CCAA);
}

/* The upper 32 bits, likewise. */
static inline osc_ints_t osc_join_upper(osc_ints_t even, osc_ints_t odd)
{
    return _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xaaaa, odd);
}

static inline int osc_all_greater(osc_ints_t a, osc_ints_t b)
{
    return _mm512_cmpgt_epi32_mask(a, b) == 0xffff;
}

/* Neighbours in a table of 16 bits at the index and after it, as the halves of a lane. */
static inline osc_ints_t osc_look_up(const int16_t *table, osc_ints_t index)
{
    return _mm512_i32gather_epi32(index, table, 2);
}

/* x, or -x where `sign` is negative. */
static inline osc_ints_t osc_with_sign(osc_ints_t x, osc_ints_t sign)
{
    return _mm512_mask_sub_epi32(x, _mm512_movepi32_mask(sign), _mm512_setzero_si512(), x);
}

#elif defined(__AVX2__)
#include <immintrin.h>
#define OSC_WIDE 8
#define OSC_MASKS_ARE_FREE 0

typedef __m256 osc_floats_t;
typedef __m256i osc_ints_t;

static inline osc_ints_t osc_first_lanes(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* So many bytes of memory, from 1 to 16, with zeros behind them, and back: two words that may overlap. */
static inline __m128i osc_get_bytes(const void *x, int bytes)
{
    const uint8_t *const from = (const uint8_t *)x;
    if (bytes >= 16) {
        return _mm_loadu_si128((const __m128i *)x);
    }
    if (bytes == 8) {
        return _mm_loadl_epi64((const __m128i *)x);
    }
    if (bytes > 8) {
        uint64_t first, last;
        __builtin_memcpy(&first, from, sizeof first);
        __builtin_memcpy(&last, from + bytes - 8, sizeof last);
        return _mm_set_epi64x((int64_t)(last >> 8 * (16 - bytes)), (int64_t)first);
    }
    if (bytes >= 4) {
        uint32_t first, last;
        __builtin_memcpy(&first, from, sizeof first);
        __builtin_memcpy(&last, from + bytes - 4, sizeof last);
        return _mm_cvtsi64_si128((int64_t)(first | (uint64_t)last << 8 * (bytes - 4)));
    }
    const int middle = bytes / 2, end = bytes - 1;
    return _mm_cvtsi32_si128((int)(from[0] | (uint32_t)from[middle] << 8 * middle | (uint32_t)from[end] << 8 * end));
}

static inline void osc_put_bytes(void *y, __m128i value, int bytes)
{
    uint8_t *const to = (uint8_t *)y;
    if (bytes >= 16) {
        _mm_storeu_si128((__m128i *)y, value);
        return;
    }
    if (bytes == 8) {
        _mm_storel_epi64((__m128i *)y, value);
        return;
    }
    const uint64_t first = (uint64_t)_mm_cvtsi128_si64(value);
    if (bytes > 8) {
        const uint64_t last = (uint64_t)_mm_extract_epi64(value, 1) << 8 * (16 - bytes) | first >> 8 * (bytes - 8);
        __builtin_memcpy(to, &first, sizeof first);
        __builtin_memcpy(to + bytes - 8, &last, sizeof last);
    } else if (bytes >= 4) {
        const uint32_t lower = (uint32_t)first, upper = (uint32_t)(first >> 8 * (bytes - 4));
        __builtin_memcpy(to, &lower, sizeof lower);
        __builtin_memcpy(to + bytes - 4, &upper, sizeof upper);
    } else {
        for (int i = 0; i < bytes; i++) {
            to[i] = (uint8_t)(first >> 8 * i);
        }
    }
}

static inline osc_floats_t osc_get_floats(const float *x, int n)
{
    return n < OSC_WIDE ? _mm256_maskload_ps(x, osc_first_lanes(n)) : _mm256_loadu_ps(x);
}

static inline osc_floats_t osc_get_halves(const osc_half_t *x, int n)
{
#ifdef __F16C__
    return _mm256_cvtph_ps(osc_get_bytes(x, 2 * n));
#else
    float wide[OSC_WIDE] = {0};
    for (int i = 0; i < n && i < OSC_WIDE; i++) {
        wide[i] = osc_half_to_f32(x[i]);
    }
    return _mm256_loadu_ps(wide);
#endif
}

/* Masks are quick where values are read, and slow where they are written. */
static inline osc_ints_t osc_get_ints(const int32_t *x, int n)
{
    return n < OSC_WIDE ? _mm256_maskload_epi32(x, osc_first_lanes(n)) : _mm256_loadu_si256((const __m256i *)x);
}

static inline void osc_put_ints(int32_t *y, osc_ints_t value, int n)
{
    if (n >= OSC_WIDE) {
        _mm256_storeu_si256((__m256i *)y, value);
        return;
    }
    osc_put_bytes(y, _mm256_castsi256_si128(value), 4 * n);
    if (n > 4) {
        osc_put_bytes(y + 4, _mm256_extracti128_si256(value, 1), 4 * n - 16);
    }
}

static inline void osc_put_floats(float *y, osc_floats_t value, int n)
{
    if (n >= OSC_WIDE) {
        _mm256_storeu_ps(y, value);
        return;
    }
    osc_put_bytes(y, _mm_castps_si128(_mm256_castps256_ps128(value)), 4 * n);
    if (n > 4) {
        osc_put_bytes(y + 4, _mm_castps_si128(_mm256_extractf128_ps(value, 1)), 4 * n - 16);
    }
}

static inline osc_ints_t osc_get_s16(const int16_t *x, int n)
{
    return _mm256_cvtepi16_epi32(osc_get_bytes(x, 2 * n));
}

static inline osc_ints_t osc_get_u16(const int16_t *x, int n)
{
    return _mm256_cvtepu16_epi32(osc_get_bytes(x, 2 * n));
}

/* Saturated. */
static inline void osc_put_s16(int16_t *y, osc_ints_t value, int n)
{
    osc_put_bytes(y, _mm_packs_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1)), 2 * n);
}

static inline osc_ints_t osc_get_s8(const int8_t *x, int n)
{
    return _mm256_cvtepi8_epi32(osc_get_bytes(x, n < OSC_WIDE ? n : OSC_WIDE));
}

static inline void osc_put_s8(int8_t *y, osc_ints_t value, int n)
{
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
    osc_put_bytes(y, _mm_packs_epi16(words, words), n < OSC_WIDE ? n : OSC_WIDE);
}

/* Shifts of factors, of which those that are not read are 63. */
static inline osc_ints_t osc_get_shifts(const uint8_t *x, int n)
{
    const osc_ints_t shifts = _mm256_cvtepu8_epi32(osc_get_bytes(x, n < OSC_WIDE ? n : OSC_WIDE));
    return _mm256_or_si256(shifts, _mm256_andnot_si256(osc_first_lanes(n), _mm256_set1_epi32(63)));
}

/* Pairs of neighbours, sign-extended to the 16-bit halves of a lane each. */
static inline osc_ints_t osc_get_pairs(const int8_t *x, int n)
{
    return _mm256_cvtepi8_epi16(osc_get_bytes(x, 2 * n));
}

/* sum + the two products of 16-bit halves. */
static inline osc_ints_t osc_add_pairs(osc_ints_t sum, osc_ints_t a, osc_ints_t b)
{
#ifdef __AVXVNNI__
    return _mm256_dpwssd_avx_epi32(sum, a, b);
#else
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
#endif
}

#ifdef __AVXVNNI__
#define OSC_ADDS_BYTES 1

/* sum + the four products of bytes, those of `a` without a sign. */
static inline osc_ints_t osc_add_bytes(osc_ints_t sum, osc_ints_t a, osc_ints_t b)
{
    return _mm256_dpbusd_avx_epi32(sum, a, b);
}
#endif

/* The sums of two neighbours, those of `a` first. */
static inline osc_ints_t osc_add_neighbours(osc_ints_t a, osc_ints_t b)
{
    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(a, b), 0xd8);
}

#define OSC_OP(name) _mm256_##name
#define osc_set_s64(x) _mm256_set1_epi64x(x)
#define osc_bits_of(x) _mm256_castps_si256(x)
#define osc_floats_of(x) _mm256_castsi256_ps(x)
#define osc_and(a, b) _mm256_and_si256(a, b)
#define osc_flip(a, b) _mm256_xor_si256(a, b)

static inline osc_ints_t osc_limit_s64(osc_ints_t x, osc_ints_t low, osc_ints_t high)
{
    const osc_ints_t least = _mm256_blendv_epi8(x, low, _mm256_cmpgt_epi64(low, x));
    return _mm256_blendv_epi8(least, high, _mm256_cmpgt_epi64(least, high));
}

/* There is no arithmetic shift of 64 bits: numbers are made positive before it. */
static inline osc_ints_t osc_shift_s64(osc_ints_t x, osc_ints_t count)
{
    const osc_ints_t lowest = _mm256_set1_epi64x(INT64_MIN);
    const osc_ints_t shifted = _mm256_srlv_epi64(_mm256_xor_si256(x, lowest), count);
    return _mm256_sub_epi64(shifted, _mm256_srlv_epi64(lowest, count));
}

#define osc_half_s64(x) osc_shift_s64(x, _mm256_set1_epi64x(1))

/* The lower 32 bits of 64-bit lanes: `even` in the even lanes of the result, `odd` in the others. */
static inline osc_ints_t osc_join(osc_ints_t even, osc_ints_t odd)
{
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

/* The upper 32 bits, likewise. */
static inline osc_ints_t osc_join_upper(osc_ints_t even, osc_ints_t odd)
{
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}

static inline int osc_all_greater(osc_ints_t a, osc_ints_t b)
{
    return _mm256_movemask_epi8(_mm256_cmpgt_epi32(a, b)) == -1;
}

/* Neighbours in a table of 16 bits at the index and after it, as the halves of a lane. */
static inline osc_ints_t osc_look_up(const int16_t *table, osc_ints_t index)
{
    return _mm256_i32gather_epi32((const int *)(const void *)table, index, 2);
}

/* x, or -x where `sign` is negative. */
static inline osc_ints_t osc_with_sign(osc_ints_t x, osc_ints_t sign)
{
    return _mm256_sign_epi32(x, _mm256_or_si256(sign, _mm256_set1_epi32(1)));
}
#endif

#endif
