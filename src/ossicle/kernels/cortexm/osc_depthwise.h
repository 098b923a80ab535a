/* SPDX-License-Identifier: Apache-2.0 */
/* What the depthwise products on Cortex-M share: sums of four channels at a time, which stay in registers over
 * all taps of a filter. Two channels of a point are a word, and so are their weights (layouts/smlad.py); SMLABB
 * and SMLATT multiply its halves. */
#ifndef OSC_DEPTHWISE_H
#define OSC_DEPTHWISE_H

#include "osc_math.h"
#include "osc_smlad.h"

#ifdef __ARM_FEATURE_DSP
#define OSC_SMLABB(a, b, sum) __smlabb((int32_t)(a), (int32_t)(b), (sum))
#define OSC_SMLATT(a, b, sum) __smlatt((int32_t)(a), (int32_t)(b), (sum))
#else
#define OSC_SMLABB(a, b, sum) ((sum) + (int16_t)((a) & 0xffffu) * (int16_t)((b) & 0xffffu))
#define OSC_SMLATT(a, b, sum) ((sum) + (int16_t)((a) >> 16) * (int16_t)((b) >> 16))
#endif

typedef struct {
    int32_t s0, s1, s2, s3;
} osc_four_t;

static inline void osc_store_four(osc_four_t sums, int32_t *y)
{
    y[0] = sums.s0;
    y[1] = sums.s1;
    y[2] = sums.s2;
    y[3] = sums.s3;
}

#endif
