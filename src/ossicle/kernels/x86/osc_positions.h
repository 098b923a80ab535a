/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a product at several positions. */
#ifndef OSC_POSITIONS_H
#define OSC_POSITIONS_H

#include "osc_kernels.h"

/* osc_requantize_s16 of the sums of `count` positions, n each, one after another; results are y_step apart. */
void osc_requantize_positions_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int count,
                                  int32_t low, int16_t *y, int y_step);

#endif
