/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

/* Sixteen independent sums a row, which compilers turn into vector registers. */
#define LANES 16

void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y)
{
    const float *row = matrix->weight;
    const int whole = matrix->columns - matrix->columns % LANES;
    for (int r = 0; r < matrix->rows; r++, row += matrix->columns) {
        float lane[LANES] = {0};
        for (int c = 0; c < whole; c += LANES) {
            for (int l = 0; l < LANES; l++) {
                lane[l] += row[c + l] * x[c + l];
            }
        }
        float sum = matrix->bias[r];
        for (int l = 0; l < LANES; l++) {
            sum += lane[l];
        }
        for (int c = whole; c < matrix->columns; c++) {
            sum += row[c] * x[c];
        }
        y[r] = sum;
    }
}
