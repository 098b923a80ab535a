/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_words.h"

OSC_INLINE const uint32_t *add_rows(const uint32_t *weights, const osc_operand_t *operand, const int rows, int32_t *y)
{
    return osc_add_rows(weights, operand, rows, 16, y);
}

void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t *y)
{
    const int words = matrix->columns / 2, left = matrix->columns % 2;
    const osc_operand_t operand = {x, words, left, osc_last_halves(x + 2 * words, left, 0)};
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    OSC_GROUPS(add_rows, weights, &operand, matrix->rows, y);
}
