/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* k is at most 2**15, so that a sum of 45 bits and its sign, times a multiplier of at most 2**16, is an int64. */
void osc_matmul_s16(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                    uint8_t shift)
{
    const int m = shape->m, k = shape->k, n = shape->n;
    const int step = shape->transposed ? 1 : n, next = shape->transposed ? k : 1;
    for (int i = 0; i < shape->batch; i++, b += k * n) {
        for (int r = 0; r < m; r++, a += k, y += n) {
            for (int j = 0; j < n; j++) {
                const int16_t *const column = b + j * next;
                int64_t sum = 0;
                for (int c = 0; c < k; c++) {
                    sum += (int32_t)a[c] * column[c * step];
                }
                const int64_t code = ((sum * multiplier >> (shift - 1)) + 1) >> 1;
                y[j] = (int16_t)(code < INT16_MIN ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
            }
        }
    }
}
