/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

/* The limit that gates have is the quickest. */
void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    const osc_requantize_t f = *requantization;
    if (limit == OSC_GATE_LIMIT) {
        for (int i = 0; i < n; i++) {
            sums[i] = osc_gate_limit(osc_rescale_row(&f, sums, i));
        }
    } else {
        for (int i = 0; i < n; i++) {
            sums[i] = osc_clamp_s32(osc_rescale_row(&f, sums, i), -limit, limit);
        }
    }
}
