/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"
#include "osc_vector_math.h"

void osc_unary_silu_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t multiplier, uint8_t shift,
                        int32_t product_multiplier, uint8_t product_shift)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_ints_t value = osc_get_s16(x + i, n - i);
        const osc_ints_t code = osc_vector_rescale_s16(value, multiplier, shift, OSC_UNARY_LIMIT);
        const osc_ints_t product = OSC_OP(mullo_epi32)(value, osc_vector_sigmoid_q15(code, OSC_UNARY_FRACTION));
        osc_put_s16(y + i, osc_vector_rescale(product, OSC_INT(product_multiplier), OSC_INT(product_shift), 65535), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        const int32_t code = osc_rescale_s32(x[i], multiplier, shift, OSC_UNARY_LIMIT);
        const int32_t product = x[i] * osc_sigmoid_q15(code, OSC_UNARY_FRACTION);
        const int32_t result = osc_rescale_s32(product, product_multiplier, product_shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(result, INT16_MIN, INT16_MAX);
    }
#endif
}
