/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tiles_f32.h"

static void by_rows(const float *a, const float *b, float *y, int m, int k, int n)
{
    for (int r = 0; r < m; r++) {
        for (int j = 0; j < n; j++) {
            float sum = 0.0f;
            for (int c = 0; c < k; c++) {
                sum += a[r * k + c] * b[j * k + c];
            }
            y[r * n + j] = sum;
        }
    }
}

/* A product of b, which lies column by column, with the rows of a. */
static void by_columns(const float *a, const float *b, float *y, int m, int k, int n)
{
#ifdef OSC_WIDE
    osc_tiles_of_rows(&(osc_matrix_f32_t){b, 0, n, k}, 0, n, &(osc_operands_t){a, k, m, y, n});
#else
    for (int r = 0; r < m; r++, a += k, y += n) {
        for (int j = 0; j < n; j++) {
            y[j] = 0.0f;
        }
        for (int c = 0; c < k; c++) {
            for (int j = 0; j < n; j++) {
                y[j] += a[c] * b[c * n + j];
            }
        }
    }
#endif
}

void osc_matmul_f32(const osc_matmul_t *shape, const float *a, const float *b, float *y)
{
    const int m = shape->m, k = shape->k, n = shape->n;
    for (int i = 0; i < shape->batch; i++, a += m * k, b += k * n, y += m * n) {
        (shape->transposed ? by_rows : by_columns)(a, b, y, m, k, n);
    }
}
