/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"
#include "osc_vector_math.h"

#ifdef OSC_WIDE
typedef struct {
    int32_t multiplier, product_multiplier;
    uint8_t shift, product_shift;
} factors_t;

OSC_INLINE void lanes(const int16_t *x, int16_t *y, int n, const factors_t *f, int small)
{
    const osc_ints_t value = osc_get_s16(x, n);
    const osc_ints_t code = osc_vector_rescale_s16(value, f->multiplier, f->shift, OSC_UNARY_LIMIT, small);
    const osc_ints_t product = OSC_OP(mullo_epi32)(value, osc_vector_sigmoid_q15(code, OSC_UNARY_FRACTION));
    const osc_ints_t multiplier = OSC_INT(f->product_multiplier), shift = OSC_INT(f->product_shift);
    osc_put_s16(y, osc_vector_rescale(product, multiplier, shift, 65535, small), n);
}

OSC_INLINE void all(const int16_t *x, int16_t *y, int n, const factors_t *f, int small)
{
    int i = 0;
    for (; i + OSC_WIDE <= n; i += OSC_WIDE) {
        lanes(x + i, y + i, OSC_WIDE, f, small);
    }
    if (i < n) {
        lanes(x + i, y + i, n - i, f, small);
    }
}
#endif

void osc_unary_silu_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t multiplier, uint8_t shift,
                        int32_t product_multiplier, uint8_t product_shift)
{
#ifdef OSC_WIDE
    const factors_t f = {multiplier, product_multiplier, shift, product_shift};
    if (shift >= 16 && product_shift > 32) {
        all(x, y, n, &f, 1);
    } else {
        all(x, y, n, &f, 0);
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
