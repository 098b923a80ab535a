/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* Results of four rows of b at a time, whose sums are independent of each other. */
static void by_rows(const float *a, const float *b, float *y, int k, int n)
{
    int j = 0;
    for (; j + 4 <= n; j += 4, b += 4 * k) {
        float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
        for (int c = 0; c < k; c++) {
            s0 += a[c] * b[c];
            s1 += a[c] * b[k + c];
            s2 += a[c] * b[2 * k + c];
            s3 += a[c] * b[3 * k + c];
        }
        y[j] = s0;
        y[j + 1] = s1;
        y[j + 2] = s2;
        y[j + 3] = s3;
    }
    for (; j < n; j++, b += k) {
        y[j] = 0.0f;
        for (int c = 0; c < k; c++) {
            y[j] += a[c] * b[c];
        }
    }
}

static void by_columns(const float *a, const float *b, float *y, int k, int n)
{
    for (int j = 0; j < n; j++) {
        y[j] = 0.0f;
    }
    for (int c = 0; c < k; c++, b += n) {
        for (int j = 0; j < n; j++) {
            y[j] += a[c] * b[j];
        }
    }
}

void osc_matmul_f32(const osc_matmul_t *shape, const float *a, const float *b, float *y)
{
    const int m = shape->m, k = shape->k, n = shape->n;
    for (int i = 0; i < shape->batch; i++, b += k * n) {
        for (int r = 0; r < m; r++, a += k, y += n) {
            (shape->transposed ? by_rows : by_columns)(a, b, y, k, n);
        }
    }
}
