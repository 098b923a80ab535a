/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    osc_requantize_t next = *requantization;
    int16_t *to = y;
    const int32_t *from = sums;
    for (int left = n; left > 0; left -= 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)left);
        const int32x4_t results = osc_clamp_4(osc_rescale_4(&next, from, 32768, lanes), low, INT16_MAX);
        vstrhq_p_s32(to, results, osc_small(&next, lanes));
        osc_next_four(&next);
        from += 4, to += 4;
    }
    if (!osc_some_large(requantization->shift, n)) {
        return;
    }
    for (int i = 0; i < n; i++) {
        if (requantization->shift[i] <= 32) {
            const int32_t sum = sums[i] + requantization->bias[i];
            const int32_t result = osc_rescale_s32(sum, requantization->multiplier[i], requantization->shift[i], 32768);
            y[i] = (int16_t)osc_clamp_s32(result, low, INT16_MAX);
        }
    }
}
