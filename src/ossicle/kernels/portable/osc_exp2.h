/* SPDX-License-Identifier: Apache-2.0 */
/* Powers of two in fixed point. */
#ifndef OSC_EXP2_H
#define OSC_EXP2_H

#include "osc_kernels.h"

/* 2**-(k / 64) with 30 fraction bits, for k = 0 ... 64. */
extern const int32_t osc_exp2_table[65];

/* Above which a power is zero. */
#define OSC_EXP2_LARGEST ((31 << 12) - 1)

/* 2 to the power of minus an exponent of 12 fraction bits, linear between the entries of the table. */
static inline int32_t osc_exp2_of_minus(int32_t exponent)
{
    const int32_t index = (exponent >> 6) & 63, remainder = exponent & 63;
    const int32_t high = osc_exp2_table[index], low = osc_exp2_table[index + 1];
    return (high - (((high - low) * remainder) >> 6)) >> (exponent >> 12);
}

#endif
