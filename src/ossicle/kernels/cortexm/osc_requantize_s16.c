/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_requantize_pairs.h"

static inline int32_t positive(int32_t twice, int32_t unused)
{
    (void)unused;
    return OSC_USAT(twice >> 1, 15);
}

static inline int32_t any_sign(int32_t twice, int32_t unused)
{
    (void)unused;
    return OSC_SSAT(twice >> 1, 16);
}

#define POSITIVE(value) "usat " value ", #15, " value ", asr #1\n\t"
#define ANY_SIGN(value) "ssat " value ", #16, " value ", asr #1\n\t"

OSC_REQUANTIZE_PAIRS(positive_rows, int16_t, "strh", POSITIVE, positive)
OSC_REQUANTIZE_PAIRS(any_rows, int16_t, "strh", ANY_SIGN, any_sign)

void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    (low == 0 ? positive_rows : any_rows)(requantization, sums, n, y, 1, 0);
}
