/* SPDX-License-Identifier: Apache-2.0 */
/* What turns sums into activations, for n rows at `count` output positions, whose sums are `sums_step` and whose results
 * are `y_step` apart. */
#ifndef OSC_POSITIONS_H
#define OSC_POSITIONS_H

#include "osc_kernels.h"

void osc_requantize_positions_s16(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                  int n, int32_t low, int16_t *y, int y_step);

void osc_requantize_positions_s8(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,
                                 int n, int32_t zero_point, int32_t low, int8_t *y, int y_step);

/* In place, limited to -OSC_GATE_LIMIT ... OSC_GATE_LIMIT. */
void osc_requantize_positions_s32(const osc_requantize_t *requantization, int32_t *sums, int sums_step, int count,
                                  int n);

#endif
