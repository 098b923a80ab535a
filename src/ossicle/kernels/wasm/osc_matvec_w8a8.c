/* SPDX-License-Identifier: Apache-2.0 */
#define OSC_OPERAND int8_t
#define OSC_EIGHT(x) wasm_i16x8_load8x8(x)
#include "osc_four_rows.h"

void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y)
{
    sums_of_rows(matrix, x, y);
}
