/* SPDX-License-Identifier: Apache-2.0 */
/* Gates on cores with Xpulp or CORE-V, with the results of osc_tanh_q15 and osc_sigmoid_q15. */
#ifndef OSC_GATES_H
#define OSC_GATES_H

#include "osc_xpulp.h"

/* a b / 2**shift, halves upwards, of two numbers within 16 bits. */
OSC_INLINE int32_t osc_rounded_product(int32_t a, int32_t b, const int shift)
{
#if defined(OSC_COREV)
    int32_t y;
    __asm__("cv.mulsrn %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "i"(shift));
    return y;
#elif defined(OSC_GAP)
    return __builtin_pulp_mulsRN(a, b, (uint32_t)shift, 1u << (shift - 1));
#else
    return (a * b + (1 << (shift - 1))) >> shift;
#endif
}

OSC_INLINE int32_t osc_tanh(int32_t x, const int fraction)
{
    const int step = fraction - 6;
    const int32_t limit = (512 << step) - 1;
    const int32_t magnitude = x < 0 ? -x : x;
    const int32_t inside = magnitude < limit ? magnitude : limit;
    const int16_t *const entry = osc_tanh_table + (inside >> step);
    const int32_t low = entry[0], high = entry[1];
    const int32_t y = low + osc_rounded_product(high - low, inside & ((1 << step) - 1), step);
    return x < 0 ? -y : y;
}

OSC_INLINE int32_t osc_sigmoid(int32_t x)
{
    return (osc_tanh(x, OSC_GATE_FRACTION + 1) + 32769) >> 1;
}

#endif
