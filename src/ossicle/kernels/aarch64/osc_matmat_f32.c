/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

typedef struct {
    const float *x;
    int x_step;
    float *y;
    int y_step;
} operands_t;

/* Vectors of rows from `row` on times operands; both numbers are constants. Each sum has a register. */
OSC_INLINE void tile(const osc_matrix_f32_t *matrix, int row, int vectors, operands_t of, int operands)
{
    const float *weight = matrix->weight + row;
    float32x4_t sums[4][2];
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            sums[i][v] = vld1q_f32(matrix->bias + row + 4 * v);
        }
    }
    for (int c = 0; c < matrix->columns; c++, weight += matrix->rows) {
        for (int i = 0; i < operands; i++) {
            const float32x4_t value = vdupq_n_f32(of.x[i * of.x_step + c]);
            for (int v = 0; v < vectors; v++) {
                sums[i][v] = vaddq_f32(sums[i][v], vmulq_f32(vld1q_f32(weight + 4 * v), value));
            }
        }
    }
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            vst1q_f32(of.y + i * of.y_step + row + 4 * v, sums[i][v]);
        }
    }
}

OSC_INLINE void all_rows(const osc_matrix_f32_t *matrix, operands_t of, int operands)
{
    int r = 0;
    for (; r + 8 <= matrix->rows; r += 8) {
        tile(matrix, r, 2, of, operands);
    }
    for (; r + 4 <= matrix->rows; r += 4) {
        tile(matrix, r, 1, of, operands);
    }
    for (; r < matrix->rows; r++) {
        for (int i = 0; i < operands; i++) {
            float sum = matrix->bias[r];
            for (int c = 0; c < matrix->columns; c++) {
                sum += matrix->weight[c * matrix->rows + r] * of.x[i * of.x_step + c];
            }
            of.y[i * of.y_step + r] = sum;
        }
    }
}

void osc_matmat_f32(const osc_matrix_f32_t *matrix, const float *x, int x_step, int count, float *y, int y_step)
{
    int i = 0;
    for (; i + 4 <= count; i += 4) {
        all_rows(matrix, (operands_t){x + i * x_step, x_step, y + i * y_step, y_step}, 4);
    }
    for (; i < count; i++) {
        all_rows(matrix, (operands_t){x + i * x_step, x_step, y + i * y_step, y_step}, 1);
    }
}
