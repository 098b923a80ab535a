/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tanh_words.h"
#include "osc_unary.h"

void osc_unary_tanh_s16(const int16_t *restrict x, int16_t *restrict y, int n, int32_t multiplier, uint8_t shift)
{
    for (int i = 0; i < n; i++) {
        const int32_t code = osc_rescale_s32(x[i], multiplier, shift, OSC_UNARY_LIMIT);
        y[i] = (int16_t)osc_tanh_word_q15(code, OSC_UNARY_FRACTION);
    }
}
