/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

typedef int16_t osc_operand_t;
#define osc_neighbours(x) osc_neighbours_s16(x)

#include "osc_matvec_pairs.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    osc_matvec_pairs(matrix, x, y);
}
