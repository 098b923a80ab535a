/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"

typedef int32_t osc_result_t;

#include "osc_requantize_rows.h"

/* What is left of whole OSC_POSITIONS is done position by position. */
void osc_requantize_positions_s32(const osc_requantize_t *requantization, int32_t *sums, int sums_step, int count,
                                  int n)
{
    const int whole = count / OSC_POSITIONS * OSC_POSITIONS;
    osc_requantize_rows(requantization, sums, sums_step, whole, n, sums, sums_step, osc_gate_limit);
    for (int i = whole; i < count; i++) {
        osc_requantize_s32(requantization, sums + i * sums_step, n, OSC_GATE_LIMIT);
    }
}
