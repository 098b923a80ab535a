/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_tanh_words.h"

void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n)
{
    const int32_t *const gx = gates;
    const int32_t *const gh = gates + 4 * n;
    for (int i = 0; i < n; i++) {
        const int32_t in = osc_sigmoid_word_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t forget = osc_sigmoid_word_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t candidate = osc_tanh_word_q15(gx[2 * n + i] + gh[2 * n + i], OSC_GATE_FRACTION);
        const int32_t out = osc_sigmoid_word_q15(gx[3 * n + i] + gh[3 * n + i], OSC_GATE_FRACTION);
        /* Both products with 35 fraction bits, so that the new cell is rounded once. */
        const int64_t added = (int64_t)in * candidate * 32;
        const int64_t cell = ((int64_t)forget * c[i] + added + (1 << 14)) >> 15;
        c[i] = (int32_t)(cell < -INT32_MAX ? -INT32_MAX : cell > INT32_MAX ? INT32_MAX : cell);
        h[i] = (int16_t)((out * osc_tanh_word_q15(c[i], OSC_CELL_FRACTION) + (1 << 14)) >> 15);
    }
}
