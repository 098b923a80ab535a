/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    const osc_requantize_t f = *requantization;
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t sum = OSC_OP(add_epi32)(osc_get_ints(sums + i, n - i), osc_get_ints(f.bias + i, n - i));
        const osc_ints_t multiplier = osc_get_ints(f.multiplier + i, n - i), shift = osc_get_u8(f.shift + i, n - i);
        const osc_ints_t result = osc_vector_rescale(sum, multiplier, shift, 255);
        osc_put_s8(y + i, OSC_OP(max_epi32)(OSC_OP(add_epi32)(result, OSC_INT(zero_point)), OSC_INT(low)), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        const int32_t result = osc_rescale_s32(sums[i] + f.bias[i], f.multiplier[i], f.shift[i], 255);
        y[i] = (int8_t)osc_clamp_s32(result + zero_point, low, INT8_MAX);
    }
#endif
}
