/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tanh_words.h"

void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_clamp_s32(osc_sigmoid_word_q15(x[i], OSC_GATE_FRACTION), 0, INT16_MAX);
    }
}
