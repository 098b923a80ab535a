/* What the depthwise products on Cortex-M share: sums of four channels at a time, which stay in registers over
 * all points of a window. Two channels of a point are a word, and so are their weights (emit/packing.py); SMLABB
 * and SMLATT multiply its halves. */
#ifndef OSC_DEPTHWISE_H
#define OSC_DEPTHWISE_H

#include "osc_rescale.h"
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

static inline void osc_four_rescale(const osc_four_t *sums, const int32_t *multiplier, const uint8_t *shift,
                                    int32_t limit, int32_t *y)
{
    y[0] = osc_rescale_fast(sums->s0, multiplier[0], shift[0], limit);
    y[1] = osc_rescale_fast(sums->s1, multiplier[1], shift[1], limit);
    y[2] = osc_rescale_fast(sums->s2, multiplier[2], shift[2], limit);
    y[3] = osc_rescale_fast(sums->s3, multiplier[3], shift[3], limit);
}

/* Where the weights of the channels that are no whole four begin. */
static inline const int16_t *osc_last_weights(const void *weights, int channels, int points)
{
    return (const int16_t *)weights + channels / 4 * 4 * points;
}

#endif
