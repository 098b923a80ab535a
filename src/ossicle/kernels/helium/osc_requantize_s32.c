/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    osc_requantize_t next = *requantization;
    int32_t *to = sums;
    const int32_t *from = sums;
    for (int left = n; left > 0; left -= 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)left);
        const int32x4_t results = osc_rescale_4(&next, from, limit, lanes);
        vstrwq_p_s32(to, results, osc_small(&next, lanes));
        osc_next_four(&next);
        from += 4, to += 4;
    }
    if (!osc_some_large(requantization->shift, n)) {
        return;
    }
    for (int i = 0; i < n; i++) {
        if (requantization->shift[i] <= 32) {
            const int32_t sum = sums[i] + requantization->bias[i];
            const int32_t result = osc_rescale_s32(sum, requantization->multiplier[i], requantization->shift[i], limit);
            sums[i] = result;
        }
    }
}
