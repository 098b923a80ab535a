/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tanh_words.h"

void osc_gru_s16(const int32_t *gates, int16_t *h, int n)
{
    const int32_t *const gx = gates;
    const int32_t *const gh = gates + 3 * n;
    for (int i = 0; i < n; i++) {
        const int32_t r = osc_sigmoid_word_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t z = osc_sigmoid_word_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t gated = (r * gh[2 * n + i] + (1 << 14)) >> 15;
        const int32_t candidate = osc_tanh_word_q15(gx[2 * n + i] + gated, OSC_GATE_FRACTION);
        h[i] = (int16_t)(candidate + ((z * (h[i] - candidate) + (1 << 14)) >> 15));
    }
}
