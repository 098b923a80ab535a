/* SPDX-License-Identifier: Apache-2.0 */
/* Exponentials, reciprocals, sigmoid and tanh in fixed point, in words of 32 or 16 bits: numbers have `bits` of 31 or 15
 * less their integer bits, and where none are named, they have none. */
#ifndef OSC_FRACTIONS_H
#define OSC_FRACTIONS_H

#include "osc_math.h"

/* The upper half of the doubled product, halves upwards; the factors are not both -1. */
static inline int32_t osc_times(int32_t a, int32_t b, int bits)
{
    return (int32_t)(((int64_t)a * b + (1 << (bits - 1))) >> bits);
}

static inline int32_t osc_one(int bits)
{
    return (int32_t)((1u << bits) - 1u);
}

/* To a word. */
static inline int32_t osc_fit(int64_t x, int bits)
{
    const int32_t one = osc_one(bits);
    return x < -(int64_t)one - 1 ? -one - 1 : x > one ? one : (int32_t)x;
}

/* A constant of 31 bits. */
static inline int32_t osc_constant(int32_t value, int bits)
{
    return osc_shift_away(value, 31 - bits);
}

/* exp of -1/4 up to 0: four terms of the series around -1/8. */
static inline int32_t osc_exp_of_less_than_quarter(int32_t x, int bits)
{
    const int32_t eighth = osc_constant(1895147668, bits);
    const int32_t y = x + (1 << (bits - 3));
    const int32_t square = osc_times(y, y, bits);
    const int32_t cube = osc_times(square, y, bits), fourth = osc_times(square, square, bits);
    const int32_t third = osc_times(osc_shift_away(fourth, 2) + cube, osc_constant(715827883, bits), bits);
    return osc_fit((int64_t)eighth + osc_times(y + osc_shift_away(third + square, 1), eighth, bits), bits);
}

/* exp of numbers up to zero, of up to 5 integer bits. */
static inline int32_t osc_exp_of_negative(int32_t x, int integer_bits, int bits)
{
    /* exp(-1/4), exp(-1/2), exp(-1) ... exp(-16). */
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int place = bits - integer_bits - 2;
    const int32_t quarter = 1 << place;
    const int32_t rest = (x & (quarter - 1)) - quarter;
    int32_t result = osc_exp_of_less_than_quarter(rest * (1 << integer_bits), bits);
    for (int i = 0; i < integer_bits + 2; i++) {
        const int chosen = ((rest - x) >> (place + i)) & 1;
        result = chosen ? osc_times(result, osc_constant(factors[i], bits), bits) : result;
    }
    return x == 0 ? osc_one(bits) : result;
}

/* 2 / (1 + x) of 0 to 1 with 2 integer bits, by three steps of Newton and Raphson. */
static inline int32_t osc_twice_reciprocal(int32_t x, int bits)
{
    const int32_t half = (int32_t)(((int64_t)x + osc_one(bits) + 1) >> 1);
    int32_t found = osc_constant(1515870810, bits) + osc_times(half, osc_constant(-1010580540, bits), bits);
    for (int i = 0; i < 3; i++) {
        const int32_t error = (1 << (bits - 2)) - osc_times(half, found, bits);
        found += osc_fit((int64_t)osc_times(found, error, bits) * 4, bits);
    }
    return found;
}

static inline int32_t osc_sigmoid_of_fraction(int32_t x, int integer_bits, int bits)
{
    const int32_t power = osc_exp_of_negative(x < 0 ? x : -x, integer_bits, bits);
    const int32_t positive = osc_fit((int64_t)osc_twice_reciprocal(power, bits) * 2, bits);
    return x == 0 ? 1 << (bits - 1) : x < 0 ? osc_one(bits) - positive : positive;
}

static inline int32_t osc_tanh_of_fraction(int32_t x, int integer_bits, int bits)
{
    const int32_t power = osc_exp_of_negative(x < 0 ? x : -x, integer_bits + 1, bits);
    const int32_t twice = osc_twice_reciprocal(power, bits);
    const int32_t positive = osc_fit(((int64_t)twice - (1 << (bits - 2))) * 4, bits);
    return x == 0 ? 0 : x < 0 ? -positive : positive;
}

#endif
