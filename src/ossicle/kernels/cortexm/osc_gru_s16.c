/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_smlad.h"

/* osc_tanh_q15. Both neighbours in the table come in one word, and a dot product weighs them. */
static inline int32_t tanh_q15(int32_t x, int fraction)
{
    const int step = fraction - 6;
    const int32_t limit = (512 << step) - 1, magnitude = x < 0 ? -x : x;
    const int32_t inside = magnitude < limit ? magnitude : limit;
    const uint32_t both = osc_load_word(osc_tanh_table + (inside >> step));
    const uint32_t upper = (uint32_t)inside & ((1u << step) - 1u);
    /* 2**step - upper for the lower halfword, upper for the other. */
    const uint32_t weights = (upper << 16) - upper + (1u << step);
    const int32_t y = OSC_SMLAD(both, weights, (1 << step) >> 1) >> step;
    return x < 0 ? -y : y;
}

static inline int32_t sigmoid_q15(int32_t x, int fraction)
{
    return (tanh_q15(x, fraction + 1) + 32769) >> 1;
}

void osc_gru_s16(const int32_t *gates, int16_t *h, int n)
{
    const int32_t *const gx = gates;
    const int32_t *const gh = gates + 3 * n;
    for (int i = 0; i < n; i++) {
        const int32_t r = sigmoid_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t z = sigmoid_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t gated = (r * gh[2 * n + i] + (1 << 14)) >> 15;
        const int32_t candidate = tanh_q15(gx[2 * n + i] + gated, OSC_GATE_FRACTION);
        h[i] = (int16_t)(candidate + ((z * (h[i] - candidate) + (1 << 14)) >> 15));
    }
}
