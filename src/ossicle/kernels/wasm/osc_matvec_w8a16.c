/* SPDX-License-Identifier: Apache-2.0 */
#define OSC_OPERAND int16_t
#define OSC_EIGHT(x) wasm_v128_load(x)
#include "osc_four_rows.h"

void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    sums_of_rows(matrix, x, y);
}
