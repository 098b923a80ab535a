/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one float, accurate to a few units in the last place where a comment says nothing else. */
#ifndef OSC_FUNCTIONS_H
#define OSC_FUNCTIONS_H

#include "osc_math.h"

/* The smallest normal float: logarithms and powers take smaller magnitudes for it. */
#define OSC_TINY 1.17549435e-38f

static inline float osc_magnitude_f32(float x)
{
    return x < 0.0f ? -x : x;
}

/* The nearest whole number, of two the even one; from 2**23 on, floats are whole. */
static inline float osc_nearest_f32(float x)
{
    const float size = osc_magnitude_f32(x);
    const float whole = size < 8388608.0f ? (size + 8388608.0f) - 8388608.0f : size;
    return x < 0.0f ? -whole : whole;
}

/* exp(x) - 1 = 2**k (exp(r) - 1) + (2**k - 1), with k and r as in osc_exp_f32. */
static inline float osc_expm1_f32(float x)
{
    const float y = osc_clamp_f32(x, -87.0f, 88.0f);
    osc_bits_t shifted, power;
    shifted.f = y * 1.44269504f + OSC_ROUND_MAGIC;
    const float k = shifted.f - OSC_ROUND_MAGIC;
    const float r = (y - k * 0.693359375f) + k * 2.12194440e-4f;
    const float series =
        r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040)))))));
    power.u = (shifted.u + 127u) << 23;
    return power.f * series + (power.f - 1.0f);
}

static inline float osc_precise_tanh_f32(float x)
{
    const float e = osc_expm1_f32(2.0f * osc_clamp_f32(x, -10.0f, 10.0f));
    return e / (e + 2.0f);
}

/* ln(x) = k ln(2) + ln(m) with sqrt(1/2) <= m < sqrt(2), ln(m) as in osc_logarithm_f32. */
static inline float osc_log_f32(float x)
{
    osc_bits_t bits;
    bits.f = x > OSC_TINY ? x : OSC_TINY;
    const int32_t k = (int32_t)(bits.u - 0x3f3504f3u) >> 23;
    bits.u -= (uint32_t)k << 23;
    const float s = (bits.f - 1.0f) / (bits.f + 1.0f);
    const float s2 = s * s;
    const float rest = s * s2 * (2.0f / 3 + s2 * (2.0f / 5 + s2 * (2.0f / 7 + s2 * (2.0f / 9))));
    return (float)k * 0.693359375f + (2.0f * s + (rest - (float)k * 2.12194440e-4f));
}

/* ln(1 + x) for 0 <= x <= 1: twice the inverse tanh of x / (2 + x), up to 1/3. */
static inline float osc_log1p_f32(float x)
{
    const float s = x / (2.0f + x);
    const float s2 = s * s;
    const float series =
        1.0f / 3 +
        s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9 + s2 * (1.0f / 11 + s2 * (1.0f / 13 + s2 * (1.0f / 15))))));
    return 2.0f * s + 2.0f * s * s2 * series;
}

static inline float osc_softplus_f32(float x)
{
    return (x > 0.0f ? x : 0.0f) + osc_log1p_f32(osc_exp_f32(-osc_magnitude_f32(x)));
}

/* For |x| < 1 the series of erf; beyond, 1 - exp(-x * x) times a polynomial of 1 / |x| that was fitted to
 * exp(x * x) erfc(x) from 1 to 4. Within 1e-7. */
static inline float osc_erf_f32(float x)
{
    const float a = osc_magnitude_f32(x), x2 = x * x;
    const float series =
        1.12837917f +
        x2 * (-0.376126389f +
              x2 * (0.112837917f +
                    x2 * (-0.0268661706f +
                          x2 * (5.22397762e-3f +
                                x2 * (-8.54832702e-4f +
                                      x2 * (1.20553330e-4f +
                                            x2 * (-1.49256504e-5f + x2 * (1.64621144e-6f + x2 * -1.63658447e-7f))))))));
    const float far = a > 4.0f ? 4.0f : a, t = 1.0f / (a > 1.0f ? far : 1.0f);
    const float tail =
        -1.66130658e-3f +
        t * (0.577874996f +
             t * (-0.0339420434f +
                  t * (-0.309970968f + t * (0.308656666f + t * (-0.138752196f + t * 0.0253784384f)))));
    const float y = 1.0f - osc_exp_f32(-far * far) * tail;
    return a < 1.0f ? x * series : x < 0.0f ? -y : y;
}

/* The sine of x + quarters * pi / 2 for |x| up to 10000 or so, beyond which floats are further apart than the
 * result needs. x = k pi / 2 + r; pi / 2 is split into three parts, of which the first two have few bits. */
static inline float osc_sine_f32(float x, uint32_t quarters)
{
    osc_bits_t shifted;
    shifted.f = x * 0.636619772f + OSC_ROUND_MAGIC;
    const float k = shifted.f - OSC_ROUND_MAGIC;
    const float r = ((x - k * 1.5703125f) - k * 4.83751297e-4f) - k * 7.54979013e-8f;
    const float r2 = r * r;
    const float sine =
        r + r * r2 * (-1.0f / 6 + r2 * (1.0f / 120 + r2 * (-1.0f / 5040 + r2 * (1.0f / 362880))));
    const float cosine =
        1.0f + r2 * (-0.5f + r2 * (1.0f / 24 + r2 * (-1.0f / 720 + r2 * (1.0f / 40320 + r2 * (-1.0f / 3628800)))));
    const uint32_t quadrant = shifted.u + quarters;
    const float y = quadrant & 1u ? cosine : sine;
    return quadrant & 2u ? -y : y;
}

/* Arguments over 1 are inverted, and the rest is turned by pi / 4 where it is over tan(pi / 8), so that nine
 * terms of the series are exact to a float. */
static inline float osc_atan_f32(float x)
{
    const float a = osc_magnitude_f32(x);
    const float small = a > 1.0f ? -1.0f / a : a;
    const int turned = osc_magnitude_f32(small) > 0.414213562f;
    const float toward = small < 0.0f ? -1.0f : 1.0f;
    const float w = turned ? (small - toward) / (1.0f + toward * small) : small;
    const float base = (a > 1.0f ? 1.57079633f : 0.0f) + (turned ? toward * 0.785398163f : 0.0f);
    const float w2 = w * w;
    const float series =
        w * (1.0f + w2 * (-1.0f / 3 +
                          w2 * (1.0f / 5 +
                                w2 * (-1.0f / 7 +
                                      w2 * (1.0f / 9 +
                                            w2 * (-1.0f / 11 +
                                                  w2 * (1.0f / 13 + w2 * (-1.0f / 15 + w2 * (1.0f / 17)))))))));
    const float y = base + series;
    return x < 0.0f ? -y : y;
}

/* x**exponent for positive x by its logarithm, whose error the exponent enlarges; other numbers count as OSC_TINY. */
static inline float osc_pow_f32(float x, float exponent)
{
    return osc_exp_f32(exponent * osc_log_f32(x));
}

#endif
