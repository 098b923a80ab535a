/* SPDX-License-Identifier: Apache-2.0 */
/* Sigmoid and tanh on Cortex-M, with the results of osc_tanh_q15 and osc_sigmoid_q15. */
#ifndef OSC_TANH_WORDS_H
#define OSC_TANH_WORDS_H

#include "osc_smlad.h"

/* tanh of x / 2**fraction. Both neighbours in the table come in one word, and a dot product weighs them; the sign is a
 * mask. Clamps are such that they are one instruction where the fraction is a constant. */
static inline int32_t osc_tanh_word_q15(int32_t x, int fraction)
{
    const int step = fraction - 6;
    const int32_t sign = x >> 31, inside = osc_clamp_s32((x ^ sign) - sign, 0, (512 << step) - 1);
    const uint32_t both = osc_load_word(osc_tanh_table + (inside >> step));
    const uint32_t upper = (uint32_t)inside & ((1u << step) - 1u);
    /* 2**step - upper in the lower halfword, upper in the other one. */
    const uint32_t weights = (upper << 16) - upper + (1u << step);
    const int32_t y = OSC_SMLAD(both, weights, (1 << step) >> 1) >> step;
    return (y ^ sign) - sign;
}

static inline int32_t osc_sigmoid_word_q15(int32_t x, int fraction)
{
    return (osc_tanh_word_q15(x, fraction + 1) + 32769) >> 1;
}

#endif
