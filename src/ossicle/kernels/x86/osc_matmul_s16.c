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
/* Columns of the result that are computed at once, in lanes of 64 bits, and the longest of b that are transposed. */
#define LANES 8
#define LONGEST 64

/* `lanes` columns of all rows of the result; those of b lie `step` apart. */
static void some_columns(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int step, int lanes, int16_t *y,
                         int32_t multiplier, uint8_t shift)
{
    const __mmask8 mask = (__mmask8)((1u << lanes) - 1u);
    const __m512i factor = _mm512_set1_epi64(multiplier), count = _mm512_set1_epi64(shift - 1), one = _mm512_set1_epi64(1);
    for (int r = 0; r < shape->m; r++, a += shape->k, y += shape->n) {
        __m512i sum = _mm512_setzero_si512();
        for (int c = 0; c < shape->k; c++) {
            const __m512i values = _mm512_cvtepi16_epi64(_mm_maskz_loadu_epi16(mask, b + c * step));
            sum = _mm512_add_epi64(sum, _mm512_mul_epi32(values, _mm512_set1_epi64(a[c])));
        }
        const __m512i shifted = _mm512_srav_epi64(_mm512_mullo_epi64(sum, factor), count);
        const __m512i code = _mm512_srai_epi64(_mm512_add_epi64(shifted, one), 1);
        _mm512_mask_cvtsepi64_storeu_epi16(y, mask, code);
    }
}

static void by_columns(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                       uint8_t shift)
{
    int16_t columns[LONGEST * LANES];
    for (int j = 0; j < shape->n; j += LANES) {
        const int lanes = shape->n - j < LANES ? shape->n - j : LANES;
        if (!shape->transposed) {
            some_columns(shape, a, b + j, shape->n, lanes, y + j, multiplier, shift);
            continue;
        }
        for (int l = 0; l < lanes; l++) {
            for (int c = 0; c < shape->k; c++) {
                columns[c * LANES + l] = b[(j + l) * shape->k + c];
            }
        }
        some_columns(shape, a, columns, LANES, lanes, y + j, multiplier, shift);
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
        (shape->transposed && k > LONGEST ? one_by_one : by_columns)(shape, a, b, y, multiplier, shift);
    }
}
