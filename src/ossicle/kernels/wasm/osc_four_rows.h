/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of four rows at a time, so that each operand is loaded once for all of them. Included after OSC_OPERAND,
 * the type of an operand, and OSC_EIGHT(x), eight of them widened to 16 bits, are defined. */
#include "osc_math.h"

#define ROWS 4
#define LANES 8

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

/* Columns up to `whole`, a multiple of LANES. */
static inline void four_sums(const int8_t *row, int columns, int whole, const OSC_OPERAND *x, int32_t sums[ROWS])
{
    v128_t sum[ROWS];
    for (int k = 0; k < ROWS; k++) {
        sum[k] = wasm_i32x4_splat(0);
    }
    for (int c = 0; c < whole; c += LANES) {
        const v128_t operand = OSC_EIGHT(x + c);
        for (int k = 0; k < ROWS; k++) {
            const v128_t weight = wasm_i16x8_load8x8(row + k * columns + c);
            sum[k] = wasm_i32x4_add(sum[k], wasm_i32x4_dot_i16x8(operand, weight));
        }
    }
    for (int k = 0; k < ROWS; k++) {
        const v128_t half = wasm_i32x4_add(sum[k], wasm_i32x4_shuffle(sum[k], sum[k], 2, 3, 0, 1));
        sums[k] = wasm_i32x4_extract_lane(half, 0) + wasm_i32x4_extract_lane(half, 1);
    }
}
#else
static inline void four_sums(const int8_t *row, int columns, int whole, const OSC_OPERAND *x, int32_t sums[ROWS])
{
    for (int k = 0; k < ROWS; k++) {
        sums[k] = 0;
        for (int c = 0; c < whole; c++) {
            sums[k] += row[k * columns + c] * x[c];
        }
    }
}
#endif

/* The emitter has proved that no accumulator overflows. */
static inline void sums_of_rows(const osc_matrix_s8_t *matrix, const OSC_OPERAND *x, int32_t *y)
{
    const int8_t *row = matrix->weight;
    const int columns = matrix->columns, whole = columns - columns % LANES;
    for (int r = 0; r < matrix->rows; r += ROWS) {
        const int rows = matrix->rows - r < ROWS ? matrix->rows - r : ROWS;
        int32_t sums[ROWS] = {0};
        if (rows == ROWS) {
            four_sums(row, columns, whole, x, sums);
        }
        for (int k = 0; k < rows; k++, row += columns) {
            for (int c = rows == ROWS ? whole : 0; c < columns; c++) {
                sums[k] += row[c] * x[c];
            }
            y[r + k] = sums[k];
        }
    }
}
