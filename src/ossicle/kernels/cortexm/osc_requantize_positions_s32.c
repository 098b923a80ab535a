/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_positions.h"
#include "osc_requantize_rows.h"

static inline int32_t gate_limit(int32_t value, int32_t unused)
{
    (void)unused;
    return osc_gate_limit(value);
}

/* As osc_gate_limit, whose constant is in k. */
#define GATE_LIMIT(value)                                                                                              \
    "ssat " value ", #17, " value "\n\t"                                                                               \
    "add " value ", " value ", %[k]\n\t"                                                                               \
    "usat " value ", #17, " value "\n\t"                                                                               \
    "sub " value ", " value ", %[k]\n\t"

OSC_REQUANTIZE_ROWS(gate_rows, int32_t, "str", GATE_LIMIT, gate_limit)

/* What is left of whole OSC_POSITIONS is done position by position. */
void osc_requantize_positions_s32(const osc_requantize_t *requantization, int32_t *sums, int sums_step, int count,
                                  int n)
{
    const int whole = count / OSC_POSITIONS * OSC_POSITIONS;
    gate_rows(requantization, sums, sums_step, whole, n, sums, sums_step, OSC_GATE_LIMIT);
    for (int i = whole; i < count; i++) {
        osc_requantize_s32(requantization, sums + i * sums_step, n, OSC_GATE_LIMIT);
    }
}
