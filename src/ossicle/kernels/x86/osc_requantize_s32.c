/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    const osc_requantize_t f = *requantization;
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t sum = OSC_OP(add_epi32)(osc_get_ints(sums + i, n - i), osc_get_ints(f.bias + i, n - i));
        const osc_ints_t multiplier = osc_get_ints(f.multiplier + i, n - i), shift = osc_get_u8(f.shift + i, n - i);
        osc_put_ints(sums + i, osc_vector_rescale(sum, multiplier, shift, limit), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        sums[i] = osc_rescale_s32(sums[i] + f.bias[i], f.multiplier[i], f.shift[i], limit);
    }
#endif
}
