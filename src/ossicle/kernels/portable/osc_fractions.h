/* SPDX-License-Identifier: Apache-2.0 */
/* Exponentials and reciprocals in fixed point, of numbers with 31 fraction bits less the integer bits named. */
#ifndef OSC_FRACTIONS_H
#define OSC_FRACTIONS_H

#include "osc_math.h"

/* The upper half of the doubled product, halves upwards; the factors are not both -1. */
static inline int32_t osc_times_q31(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

static inline int32_t osc_saturate_s32(int64_t x)
{
    return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

/* exp of -1/4 up to 0, without integer bits: four terms of the series around -1/8. */
static inline int32_t osc_exp_of_less_than_quarter(int32_t x)
{
    const int32_t y = x + (1 << 28);
    const int32_t square = osc_times_q31(y, y);
    const int32_t cube = osc_times_q31(square, y), fourth = osc_times_q31(square, square);
    const int32_t third = osc_times_q31(osc_shift_away(fourth, 2) + cube, 715827883);
    return 1895147668 + osc_times_q31(y + osc_shift_away(third + square, 1), 1895147668);
}

/* exp of numbers up to zero with 5 integer bits, without integer bits. */
static inline int32_t osc_exp_of_negative(int32_t x)
{
    /* exp(-1/4), exp(-1/2), exp(-1) ... exp(-16). */
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = 1 << 24;
    const int32_t rest = (x & (quarter - 1)) - quarter;
    int32_t result = osc_exp_of_less_than_quarter(rest * 32);
    for (int i = 0; i < 7; i++) {
        result = ((rest - x) >> (24 + i)) & 1 ? osc_times_q31(result, factors[i]) : result;
    }
    return x == 0 ? INT32_MAX : result;
}

/* 1 / (1 + x) of 0 to 1, by three steps of Newton and Raphson on numbers with 2 integer bits. */
static inline int32_t osc_reciprocal_of_one_and(int32_t x)
{
    const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
    int32_t found = 1515870810 + osc_times_q31(half, -1010580540);
    for (int i = 0; i < 3; i++) {
        const int32_t error = (1 << 29) - osc_times_q31(half, found);
        found = osc_saturate_s32((int64_t)found + osc_saturate_s32((int64_t)osc_times_q31(found, error) * 4));
    }
    return osc_saturate_s32((int64_t)found * 2);
}

#endif
