/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of products of floats; a matrix without bias has none. */
#ifndef OSC_TILES_F32_H
#define OSC_TILES_F32_H

#include "osc_vectors.h"

#ifdef OSC_WIDE
typedef osc_matrix_f32_t osc_tiled_t;
typedef float osc_operand_t;
typedef float osc_sum_t;
#define OSC_VECTORS_OF_EIGHT (OSC_WIDE == 16 ? 2 : 1)

#include "osc_tiles.h"

OSC_INLINE void osc_tile(const osc_matrix_f32_t *matrix, int row, int vectors, int n, const osc_operands_t *of,
                         int first, int operands)
{
    const float *weight = matrix->weight + row, *x = of->x + first * of->x_step;
    float *const y = of->y + first * of->y_step + row;
    osc_floats_t sum[8][2];
    for (int v = 0; v < vectors; v++) {
        const int lanes = v + 1 < vectors ? OSC_WIDE : n;
        const osc_floats_t bias =
            matrix->bias ? osc_get_floats(matrix->bias + row + v * OSC_WIDE, lanes) : OSC_OP(setzero_ps)();
        for (int i = 0; i < operands; i++) {
            sum[i][v] = bias;
        }
    }
    /* Two at a time, since counting takes as long as a product. */
#pragma GCC unroll 2
    for (int c = 0; c < matrix->columns; c++, weight += matrix->rows) {
        for (int v = 0; v < vectors; v++) {
            const osc_floats_t weights = osc_get_floats(weight + v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n);
            for (int i = 0; i < operands; i++) {
                const osc_floats_t value = OSC_OP(set1_ps)(x[i * of->x_step + c]);
                sum[i][v] = OSC_OP(add_ps)(sum[i][v], OSC_OP(mul_ps)(weights, value));
            }
        }
    }
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            osc_put_floats(y + i * of->y_step + v * OSC_WIDE, sum[i][v], v + 1 < vectors ? OSC_WIDE : n);
        }
    }
}
#endif
#endif
