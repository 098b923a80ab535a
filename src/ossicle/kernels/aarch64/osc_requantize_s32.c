/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    const osc_requantize_t f = *requantization;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        vst1q_s32(sums + i, osc_requantize_four(&f, sums, i, 4, limit));
    }
    if (i < n) {
        osc_put_s32(sums + i, osc_requantize_four(&f, sums, i, n - i, limit), n - i);
    }
}
