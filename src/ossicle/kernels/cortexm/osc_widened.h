/* SPDX-License-Identifier: Apache-2.0 */
/* A product of 8 bits that first makes int16 of its operands, eight of them at a time. */
#ifndef OSC_WIDENED_H
#define OSC_WIDENED_H

#include "osc_kernels.h"

/* As osc_matmat_w8a8; scratch has room for eight operands of an even number of int16. */
void osc_matmat_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int x_step, int count, int32_t *y, int y_step,
                             void *scratch);

#endif
