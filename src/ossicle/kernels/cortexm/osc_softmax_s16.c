/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_exp2.h"
#include "osc_math.h"

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
        sum += osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
    }
    const divisor_t divisor = divisor_of(sum);
    for (int i = 0; i < n; i++) {
        const int64_t share = osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
        const int32_t result = quotient(share * 32768 + sum / 2, &divisor);
        y[i] = (int16_t)(result > INT16_MAX ? INT16_MAX : result);
    }
}
