/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* As in the product of floats, the weights widened on the way. */
#define LANES 16

void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    const osc_half_t *row = matrix->weight;
    const int whole = matrix->columns - matrix->columns % LANES;
    for (int r = 0; r < matrix->rows; r++, row += matrix->columns) {
        float lane[LANES] = {0};
        for (int c = 0; c < whole; c += LANES) {
            for (int l = 0; l < LANES; l++) {
                lane[l] += osc_half_to_f32(row[c + l]) * x[c + l];
            }
        }
        float sum = osc_half_to_f32(matrix->bias[r]);
        for (int l = 0; l < LANES; l++) {
            sum += lane[l];
        }
        for (int c = whole; c < matrix->columns; c++) {
            sum += osc_half_to_f32(row[c]) * x[c];
        }
        y[r] = sum;
    }
}
