/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* k is at most 2**15, so that no sum overflows. */
void osc_matmul_s8(const osc_matmul_t *shape, const int8_t *a, const int8_t *b, int8_t *y, int32_t a_zero_point,
                   int32_t b_zero_point, int32_t multiplier, uint8_t shift, int32_t y_zero_point)
{
    const int m = shape->m, k = shape->k, n = shape->n;
    const int step = shape->transposed ? 1 : n, next = shape->transposed ? k : 1;
    for (int i = 0; i < shape->batch; i++, b += k * n) {
        for (int r = 0; r < m; r++, a += k, y += n) {
            for (int j = 0; j < n; j++) {
                const int8_t *const column = b + j * next;
                int32_t sum = 0;
                for (int c = 0; c < k; c++) {
                    sum += (a[c] - a_zero_point) * (column[c * step] - b_zero_point);
                }
                const int32_t code = osc_rescale_s32(sum, multiplier, shift, 255) + y_zero_point;
                y[j] = (int8_t)osc_clamp_s32(code, INT8_MIN, INT8_MAX);
            }
        }
    }
}
