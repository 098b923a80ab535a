/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"

typedef int32_t osc_result_t;

#include "osc_requantize_rows.h"

void osc_requantize_positions_s32(const osc_requantize_t *requantization, int32_t *sums, int sums_step, int count,
                                  int n)
{
    osc_requantize_rows(requantization, sums, sums_step, count, n, sums, sums_step, osc_gate_limit);
}
