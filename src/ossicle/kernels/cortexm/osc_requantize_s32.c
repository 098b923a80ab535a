/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_requantize_pairs.h"

static inline int32_t gate_limit(int32_t twice, int32_t unused)
{
    (void)unused;
    return osc_gate_limit(twice >> 1);
}

/* As osc_gate_limit, whose constant is in k. */
#define GATE_LIMIT(value)                                                                                              \
    "ssat " value ", #17, " value ", asr #1\n\t"                                                                       \
    "add " value ", " value ", %[k]\n\t"                                                                               \
    "usat " value ", #17, " value "\n\t"                                                                               \
    "sub " value ", " value ", %[k]\n\t"

OSC_REQUANTIZE_PAIRS(gate_rows, int32_t, "str", GATE_LIMIT, gate_limit)

/* The limit that gates have is the quickest. */
void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    if (limit == OSC_GATE_LIMIT) {
        gate_rows(requantization, sums, n, sums, 1, OSC_GATE_LIMIT);
        return;
    }
    for (int i = 0; i < n; i++) {
        sums[i] = osc_clamp_s32(osc_rescale_row(requantization, sums, i), -limit, limit);
    }
}
