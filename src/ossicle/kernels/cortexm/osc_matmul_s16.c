/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"
#include "osc_smlad.h"

static inline int16_t code_of(int64_t sum, int32_t multiplier, uint8_t shift)
{
    const int64_t code = ((sum * multiplier >> (shift - 1)) + 1) >> 1;
    return (int16_t)(code < INT16_MIN ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
}

/* Of a row with another one, whose values lie side by side too: two products for each word. */
static inline int64_t dot(const int16_t *a, const int16_t *b, int k)
{
    int64_t sum = 0;
    for (int c = 0; c + 2 <= k; c += 2) {
        sum = OSC_SMLALD(osc_load_word(a + c), osc_load_word(b + c), sum);
    }
    return k % 2 ? sum + (int32_t)a[k - 1] * b[k - 1] : sum;
}

static void with_rows(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                      uint8_t shift)
{
    for (int j = 0; j < shape->n; j++, b += shape->k) {
        y[j] = code_of(dot(a, b, shape->k), multiplier, shift);
    }
}

/* Of a row with columns: two neighbours are a word. */
static void with_columns(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                         uint8_t shift)
{
    const int k = shape->k, n = shape->n;
    int j = 0;
    for (; j + 2 <= n; j += 2) {
        int64_t first = 0, second = 0;
        for (int c = 0; c < k; c++) {
            const uint32_t both = osc_load_word(b + c * n + j);
            first += (int32_t)a[c] * (int16_t)(both & 0xffffu);
            second += (int32_t)a[c] * (int16_t)(both >> 16);
        }
        y[j] = code_of(first, multiplier, shift);
        y[j + 1] = code_of(second, multiplier, shift);
    }
    if (j < n) {
        int64_t sum = 0;
        for (int c = 0; c < k; c++) {
            sum += (int32_t)a[c] * b[c * n + j];
        }
        y[j] = code_of(sum, multiplier, shift);
    }
}

/* k is at most 2**15, so that a sum of 45 bits and its sign, times a multiplier of at most 2**16, is an int64. */
void osc_matmul_s16(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                    uint8_t shift)
{
    for (int i = 0; i < shape->batch; i++, b += shape->k * shape->n) {
        for (int r = 0; r < shape->m; r++, a += shape->k, y += shape->n) {
            (shape->transposed ? with_rows : with_columns)(shape, a, b, y, multiplier, shift);
        }
    }
}
