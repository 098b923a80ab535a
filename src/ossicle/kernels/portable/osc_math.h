/* SPDX-License-Identifier: Apache-2.0 */
/* Scalar functions that the kernels inline. Floats use +, -, * and / only, so that every platform with IEEE
 * floats gives the same bits. */
#ifndef OSC_MATH_H
#define OSC_MATH_H

#include "osc_kernels.h"

#ifndef __GNUC__
#include <math.h>
#endif

/* Adding and subtracting 1.5 * 2**23 rounds a float under 2**22 to an integer, halves to even. */
#define OSC_ROUND_MAGIC 12582912.0f

typedef union {
    float f;
    uint32_t u;
} osc_bits_t;

static inline float osc_clamp_f32(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static inline int32_t osc_clamp_s32(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* Correctly rounded everywhere. A compiler without a C library has the function, but no math.h. */
static inline float osc_sqrt_f32(float x)
{
#ifdef __GNUC__
    return __builtin_sqrtf(x);
#else
    return sqrtf(x);
#endif
}

static inline float osc_round_f32(float x)
{
    return (x + OSC_ROUND_MAGIC) - OSC_ROUND_MAGIC;
}

/* exp(x) = 2**k * exp(r) with |r| <= ln(2) / 2, where seven terms of the series are exact to a float. */
static inline float osc_exp_f32(float x)
{
    const float y = osc_clamp_f32(x, -87.0f, 88.0f);
    osc_bits_t shifted, power;
    shifted.f = y * 1.44269504f + OSC_ROUND_MAGIC;
    const float k = shifted.f - OSC_ROUND_MAGIC;
    const float r = (y - k * 0.693359375f) + k * 2.12194440e-4f;
    const float series =
        1.0f +
        r * (1.0f +
             r * (0.5f +
                  r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040)))))));
    power.u = (shifted.u + 127u) << 23;
    return series * power.f;
}

/* The argument is 2**k * m with sqrt(1/2) <= m < sqrt(2). ln(m) is twice the inverse tanh of (m - 1) / (m + 1),
 * |.| <= 0.1716, where five terms of the series are exact to a float. */
static inline float osc_logarithm_f32(const osc_logarithm_t *config, float x)
{
    osc_bits_t bits;
    bits.f = (x > config->floor ? x : config->floor) + config->offset;
    const int32_t k = (int32_t)(bits.u - 0x3f3504f3u) >> 23;
    bits.u -= (uint32_t)k << 23;
    const float s = (bits.f - 1.0f) / (bits.f + 1.0f);
    const float s2 = s * s;
    const float series =
        s * (1.0f + s2 * (1.0f / 3 + s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9)))));
    return (float)k * config->octave + series * config->slope;
}

static inline float osc_sigmoid_f32(float x)
{
    return 1.0f / (1.0f + osc_exp_f32(-x));
}

static inline float osc_tanh_f32(float x)
{
    return 1.0f - 2.0f / (osc_exp_f32(2.0f * x) + 1.0f);
}

static inline float osc_activate_f32(float x, osc_activation_t activation)
{
    return activation == OSC_RELU ? (x > 0.0f ? x : 0.0f) : activation == OSC_SIGMOID ? osc_sigmoid_f32(x) : x;
}

/* Without multiplying subnormal floats, which some units flush to zero and others take long for. */
static inline float osc_half_to_f32(osc_half_t half)
{
    const uint32_t magnitude = ((uint32_t)half & 0x7fffu) << 13;
    osc_bits_t normal, subnormal, result;
    normal.u = magnitude + (112u << 23);
    subnormal.u = magnitude + (113u << 23);
    subnormal.f -= 6.103515625e-05f; /* 2**-14 */
    result.u = (magnitude < (1u << 23) ? subnormal.u : normal.u) | (((uint32_t)half & 0x8000u) << 16);
    return result.f;
}

/* To nearest, halves to even, saturated to the largest finite half. */
static inline osc_half_t osc_half_from_f32(float x)
{
    osc_bits_t bits;
    bits.f = osc_clamp_f32(x, -65504.0f, 65504.0f);
    const uint32_t sign = (bits.u >> 16) & 0x8000u;
    bits.u &= 0x7fffffffu;
    if (bits.u < (113u << 23)) {
        bits.f += 0.5f; /* whose last bit weighs as much as the last bit of a subnormal half */
        return (osc_half_t)(sign | (bits.u - (126u << 23)));
    }
    bits.u += 0xfffu + ((bits.u >> 13) & 1u);
    return (osc_half_t)(sign | ((bits.u - (112u << 23)) >> 13));
}

/* value * multiplier / 2**shift with one rounding, halves upwards, limited to -limit ... limit. Shifted by one
 * bit less, the product has the bit that decides the rounding last. Factors under a half, which are nearly
 * all, need the upper word of the product only, and so no 64-bit shift on 32-bit cores. On others a loop
 * without that branch becomes vectors. */
static inline int32_t osc_rescale_s32(int32_t value, int32_t multiplier, uint8_t shift, int32_t limit)
{
    const int64_t product = (int64_t)value * multiplier;
    if (sizeof(void *) < 8 && shift > 32) {
        const int32_t upper = (int32_t)(product >> 32);
        return osc_clamp_s32(((upper >> (shift - 33)) + 1) >> 1, -limit, limit);
    }
    const int64_t result = ((product >> (shift - 1)) + 1) >> 1;
    return result < -limit ? -limit : result > limit ? limit : (int32_t)result;
}

/* The same in single precision, to nearest, halves to even; the multiplier has 24 bits that are not zero. */
static inline int32_t osc_rescale_float32(int32_t value, int32_t multiplier, uint8_t shift, int32_t limit)
{
    osc_bits_t power;
    power.u = (127u - shift) << 23;
    const float factor = (float)multiplier * power.f;
    const float product = (float)value * factor;
    return (int32_t)osc_round_f32(osc_clamp_f32(product, (float)-limit, (float)limit));
}

/* value / 2**shift to nearest, halves away from zero. */
static inline int32_t osc_shift_away(int32_t value, int shift)
{
    const uint32_t magnitude = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    const int32_t result = (int32_t)((magnitude + ((1u << shift) >> 1)) >> shift);
    return value < 0 ? -result : result;
}

/* The same with two roundings: of the upper half of the doubled product, then of the shift. A shift under 31 makes
 * the value larger first, saturated. */
static inline int32_t osc_rescale_twice(int32_t value, int32_t multiplier, uint8_t shift)
{
    const int left = shift < 31 ? 31 - shift : 0, right = shift > 31 ? shift - 31 : 0;
    const int64_t wide = (int64_t)value * ((int64_t)1 << left);
    const int32_t raised = wide < -INT32_MAX ? -INT32_MAX : wide > INT32_MAX ? INT32_MAX : (int32_t)wide;
    return osc_shift_away((int32_t)(((int64_t)raised * multiplier + (1 << 30)) >> 31), right);
}

/* How many taps there are in so many points, the first of which holds one. */
static inline int osc_taps_in(int points, int dilation)
{
    return (points + dilation - 1) / dilation;
}

/* The part of a geometry that lies in the map: its rows and columns as the geometry counts them, and where in the
 * map, in values, the first tap would be, which may lie outside. */
typedef struct {
    int top, bottom, left, right;
    int origin;
} osc_part_t;

static inline osc_part_t osc_window_part(const osc_geometry_t *w, int position)
{
    const int row = position / w->out_width * w->stride_height - w->pad_top;
    const int column = position % w->out_width * w->stride_width - w->pad_left;
    const int down = w->height - row, across = w->width - column;
    osc_part_t part = {
        row < 0 ? -row : 0,
        down < w->kernel_height ? down : w->kernel_height,
        column < 0 ? -column : 0,
        across < w->kernel_width ? across : w->kernel_width,
        (row * w->width + column) * w->point,
    };
    if ((w->dilation_height | w->dilation_width) != 1) {
        const int rows = osc_taps_in(down, w->dilation_height), columns = osc_taps_in(across, w->dilation_width);
        part.top = osc_taps_in(part.top, w->dilation_height);
        part.bottom = rows < w->kernel_height ? rows : w->kernel_height;
        part.left = osc_taps_in(part.left, w->dilation_width);
        part.right = columns < w->kernel_width ? columns : w->kernel_width;
    }
    return part;
}

/* Four bits with their sign: the lower ones of a pair, or the upper ones. */
static inline int32_t osc_nibble(uint8_t pair, int upper)
{
    return (int8_t)(upper ? pair & 0xf0 : (pair & 15) << 4) >> 4;
}

/* Mean of n values under 2**15 in magnitude, n up to 2**15, from their sum; halves upwards. */
static inline int32_t osc_mean_s32(int32_t sum, int32_t n)
{
    const uint32_t raised = (uint32_t)sum + (uint32_t)n * 32768u + (uint32_t)n / 2u;
    return (int32_t)(raised / (uint32_t)n) - 32768;
}

/* Likewise, halves away from zero. */
static inline int32_t osc_mean_away_s32(int32_t sum, int32_t n)
{
    return (sum < 0 ? sum - n / 2 : sum + n / 2) / n;
}

/* The right shift of a negative number must be arithmetic; every compiler in use here does that. */
OSC_STATIC_ASSERT((-3 >> 1) == -2, osc_shift_is_arithmetic);

/* tanh of k / 64 in Q15, for k = 0 ... 512. */
extern const int16_t osc_tanh_table[513];

/* tanh of x / 2**fraction, fraction >= 6, in Q15, linear between the entries of the table. */
static inline int32_t osc_tanh_q15(int32_t x, int fraction)
{
    const int step = fraction - 6;
    const int32_t limit = (512 << step) - 1;
    const int32_t magnitude = x < 0 ? -x : x;
    const int32_t inside = magnitude < limit ? magnitude : limit;
    const int32_t low = osc_tanh_table[inside >> step];
    const int32_t high = osc_tanh_table[(inside >> step) + 1];
    const int32_t remainder = inside & ((1 << step) - 1);
    const int32_t y = low + (((high - low) * remainder + ((1 << step) >> 1)) >> step);
    return x < 0 ? -y : y;
}

/* 1 / (1 + exp(-x / 2**fraction)) in Q15, from 0 to 32768. */
static inline int32_t osc_sigmoid_q15(int32_t x, int fraction)
{
    return (osc_tanh_q15(x, fraction + 1) + 32769) >> 1;
}

/* The largest power of two that divides n. */
static inline int osc_fft_even(int n)
{
    return n & -n;
}

/* cos and -sin of 2 pi at / n_fft, for `at` under n_fft, of which the table has the first half; `sign` is 1, or -1 for
 * the inverse transform. */
static inline void osc_fft_factor(const osc_fft_t *config, int at, float sign, float factor[2])
{
    const int half = config->n_fft / 2;
    const float *const found = config->twiddle + 2 * (at < half ? at : at - half);
    const float turn = at < half ? 1.0f : -1.0f;
    factor[0] = turn * found[0];
    factor[1] = turn * sign * found[1];
}

static inline void osc_swap_complex(float *a, float *b)
{
    for (int part = 0; part < 2; part++) {
        const float kept = a[part];
        a[part] = b[part];
        b[part] = kept;
    }
}

/* The `half` of the first pass of a transform of n complex values, a power of two: where it is 2, the stage of pairs
 * is left over. */
static inline int osc_fft_first(int n)
{
    int half = n;
    while (half > 2) {
        half /= 4;
    }
    return half;
}

/* Unit i of a GRU of n units, from the products with the input and with the state. */
static inline float osc_gru_unit_f32(const float *gx, const float *gh, int n, int i, float h)
{
    const float r = osc_sigmoid_f32(gx[i] + gh[i]);
    const float z = osc_sigmoid_f32(gx[n + i] + gh[n + i]);
    const float candidate = osc_tanh_f32(gx[2 * n + i] + r * gh[2 * n + i]);
    return candidate + z * (h - candidate);
}

/* Unit i of an LSTM of n units; replaces *c and returns the new h. */
static inline float osc_lstm_unit_f32(const float *gx, const float *gh, int n, int i, float *c)
{
    const float in = osc_sigmoid_f32(gx[i] + gh[i]);
    const float forget = osc_sigmoid_f32(gx[n + i] + gh[n + i]);
    const float candidate = osc_tanh_f32(gx[2 * n + i] + gh[2 * n + i]);
    const float out = osc_sigmoid_f32(gx[3 * n + i] + gh[3 * n + i]);
    *c = forget * *c + in * candidate;
    return out * osc_tanh_f32(*c);
}

#endif
