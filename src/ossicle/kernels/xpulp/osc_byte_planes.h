/* SPDX-License-Identifier: Apache-2.0 */
/* Operands of 16 bits in bytes, for weights of fewer: w x = 256 w high + w low, with the signed upper and the
 * unsigned lower bytes of x. Four columns after another are a word of upper and one of lower bytes; zeros fill up
 * eight columns. An operand is split once for all rows that it is multiplied with. */
#ifndef OSC_BYTE_PLANES_H
#define OSC_BYTE_PLANES_H

#include "osc_kernels.h"

/* Groups of four columns that so many columns take, two words each. */
static inline int osc_byte_plane_groups(int columns)
{
    return (columns + 7) / 8 * 2;
}

/* Groups begin ... end - 1 of an operand, at their places in `split`, which has osc_byte_plane_groups(columns) of them;
 * each is independent of the others, so that several cores can share them. */
void osc_byte_planes_s16(const int16_t *x, int columns, uint32_t *split, int begin, int end);

/* Sums of the products of columns begin ... end - 1 of a matrix with their split operand, of which these are the
 * first ones. begin is a multiple of eight; where it is not 0, the sums are added to y. */
void osc_matvec_byte_planes_w8a16(const osc_matrix_s8_t *matrix, const uint32_t *split, int begin, int end, int32_t *y);
void osc_matvec_byte_planes_w4a16(const osc_matrix_s4_t *matrix, const uint32_t *split, int begin, int end, int32_t *y);

#endif
