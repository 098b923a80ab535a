/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* 2**-(i / 64), with 30 fraction bits. */
static const int32_t exp2_table[65] = {
    1073741824, 1062175491, 1050733751, 1039415261, 1028218693, 1017142735, 1006186087, 995347464,
    984625594, 974019220, 963527098, 953147997, 942880699, 932724001, 922676710, 912737649,
    902905651, 893179563, 883558244, 874040567, 864625413, 855311680, 846098274, 836984114,
    827968132, 819049271, 810226483, 801498734, 792865000, 784324269, 775875538, 767517817,
    759250125, 751071493, 742980960, 734977579, 727060411, 719228525, 711481005, 703816941,
    696235434, 688735596, 681316545, 673977412, 666717336, 659535466, 652430958, 645402981,
    638450708, 631573326, 624770026, 618040012, 611382493, 604796689, 598281827, 591837143,
    585461881, 579155293, 572916640, 566745190, 560640218, 554601009, 548626854, 542717053,
    536870912,
};

/* Below which a power is zero. */
#define LARGEST ((31 << 12) - 1)

/* 2 to the power of minus an exponent of 12 fraction bits, linear between the entries of the table. */
static int32_t power(int32_t exponent)
{
    const int32_t index = (exponent >> 6) & 63, remainder = exponent & 63;
    const int32_t high = exp2_table[index], low = exp2_table[index + 1];
    return (high - (((high - low) * remainder) >> 6)) >> (exponent >> 12);
}

/* A divisor of 2**30 and more with its reciprocal, so that a quotient under 2**16 takes no division: cores of 32 bits
 * have none of 64 bits. */
typedef struct {
    int64_t divisor;
    uint32_t reciprocal; /* 2**61 / (divisor / 2**bits), where that is under 2**31 */
    int bits;
} divisor_t;

static divisor_t divisor_of(int64_t sum)
{
    divisor_t of = {sum, 0, 0};
    while (sum >> of.bits >= INT32_MAX) {
        of.bits++;
    }
    of.reciprocal = (uint32_t)(((uint64_t)1 << 61) / (uint64_t)(sum >> of.bits));
    return of;
}

/* Rounded down. The first guess is at most one off. */
static int32_t quotient(int64_t dividend, const divisor_t *of)
{
    const uint32_t upper = (uint32_t)(dividend >> 15);
    const int32_t guess = (int32_t)(((uint64_t)upper * of->reciprocal) >> 32 >> (14 + of->bits));
    const int64_t remainder = dividend - guess * of->divisor;
    return guess + (remainder >= of->divisor) - (remainder < 0);
}

void osc_softmax_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift)
{
    int32_t largest = x[0];
    int64_t sum = 0;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int i = 0; i < n; i++) {
        sum += power(osc_rescale_s32(largest - x[i], multiplier, shift, LARGEST));
    }
    const divisor_t divisor = divisor_of(sum);
    for (int i = 0; i < n; i++) {
        const int64_t share = power(osc_rescale_s32(largest - x[i], multiplier, shift, LARGEST));
        const int32_t result = quotient(share * 32768 + sum / 2, &divisor);
        y[i] = (int16_t)(result > INT16_MAX ? INT16_MAX : result);
    }
}
