/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"
#include "osc_tanh_words.h"
#include "osc_unary.h"

/* x * multiplier / 2**shift needs the upper word of its product only, where x stands in the upper half of a word. */
typedef struct {
    int32_t multiplier, half, places;
    int32_t product_multiplier, product_half, product_places;
} factors_t;

static inline int32_t silu(const factors_t *f, int32_t x)
{
    const int32_t upper = f->half + (int32_t)(((int64_t)(x * 65536) * f->multiplier) >> 32);
    const int32_t gate = osc_sigmoid_word_q15(OSC_SSAT(upper >> f->places, 20), OSC_UNARY_FRACTION);
    const int32_t product = f->product_half + (int32_t)(((int64_t)(x * gate) * f->product_multiplier) >> 32);
    return OSC_SSAT(product >> f->product_places, 16);
}

/* Two at a time, so that fewer results are waited for. */
static int in_twos(const factors_t *factors, const int16_t *x, int16_t *y, int n)
{
    int i = 0;
    for (; i + 2 <= n; i += 2) {
        const int32_t first = silu(factors, x[i]), second = silu(factors, x[i + 1]);
        y[i] = (int16_t)first;
        y[i + 1] = (int16_t)second;
    }
    return i;
}

OSC_STATIC_ASSERT(OSC_UNARY_LIMIT == 1 << 19, osc_unary_limit_has_20_bits_with_sign);

void osc_unary_silu_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t multiplier, uint8_t shift,
                        int32_t product_multiplier, uint8_t product_shift)
{
    const int32_t places = shift - 16, product_places = product_shift - 32;
    int i = 0;
    if (places > 0 && places < 32 && product_places > 0 && product_places < 32) {
        const factors_t factors = {multiplier,         1 << (places - 1),         places,
                                   product_multiplier, 1 << (product_places - 1), product_places};
        i = in_twos(&factors, x, y, n);
    }
    for (; i < n; i++) {
        const int32_t code = osc_rescale_s32(x[i], multiplier, shift, OSC_UNARY_LIMIT);
        const int32_t product = x[i] * osc_sigmoid_q15(code, OSC_UNARY_FRACTION);
        const int32_t result = osc_rescale_s32(product, product_multiplier, product_shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(result, INT16_MIN, INT16_MAX);
    }
}
