/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of each of n values. */
#ifndef OSC_UNARY_H
#define OSC_UNARY_H

#include "osc_kernels.h"
#include "osc_repeated.h"

void osc_unary_abs_f32(const float *x, float *y, int n);
void osc_unary_atan_f32(const float *x, float *y, int n);
void osc_unary_ceil_f32(const float *x, float *y, int n);
void osc_unary_clip_f32(const float *x, float *y, int n, float low, float high);
void osc_unary_cos_f32(const float *x, float *y, int n);
void osc_unary_elu_f32(const float *x, float *y, int n, float alpha);
void osc_unary_erf_f32(const float *x, float *y, int n);
void osc_unary_exp_f32(const float *x, float *y, int n);
void osc_unary_floor_f32(const float *x, float *y, int n);
void osc_unary_gelu_f32(const float *x, float *y, int n);
void osc_unary_hard_sigmoid_f32(const float *x, float *y, int n, float alpha);
void osc_unary_hard_swish_f32(const float *x, float *y, int n);
void osc_unary_leaky_relu_f32(const float *x, float *y, int n, float alpha);
void osc_unary_log_f32(const float *x, float *y, int n);
void osc_unary_mish_f32(const float *x, float *y, int n);
void osc_unary_neg_f32(const float *x, float *y, int n);
void osc_unary_pow_f32(const float *x, float *y, int n, float exponent);
void osc_unary_reciprocal_f32(const float *x, float *y, int n);
void osc_unary_relu_f32(const float *x, float *y, int n);
void osc_unary_round_f32(const float *x, float *y, int n);
void osc_unary_sigmoid_f32(const float *x, float *y, int n);
void osc_unary_sign_f32(const float *x, float *y, int n);
void osc_unary_silu_f32(const float *x, float *y, int n);
void osc_unary_sin_f32(const float *x, float *y, int n);
void osc_unary_softplus_f32(const float *x, float *y, int n);
void osc_unary_sqrt_f32(const float *x, float *y, int n);
void osc_unary_square_f32(const float *x, float *y, int n);
void osc_unary_tanh_f32(const float *x, float *y, int n);

/* By products, for all x. */
void osc_unary_whole_pow_f32(const float *x, float *y, int n, int exponent);

/* x where it is positive, and elsewhere x times a slope: `size` slopes, again and again, each for `inner` values. In
 * integers slopes, and `positive` above zero, are multipliers / 2**shift. */
void osc_unary_prelu_f32(const float *x, float *y, int n, const float *slope, int size, int inner);
void osc_unary_prelu_s8(const int8_t *x, int8_t *y, int n, const int16_t *slope, int size, int inner,
                        int32_t positive, int shift, int32_t x_zero_point, int32_t zero_point);
void osc_unary_prelu_s16(const int16_t *x, int16_t *y, int n, const int16_t *slope, int size, int inner,
                         int32_t positive, int shift, int32_t x_zero_point, int32_t zero_point);

/* The results of all 256 codes. */
void osc_unary_table_s8(const int8_t *x, int8_t *y, int n, const int8_t *table);

/* The results of 513 codes around zero, 2**step apart; linear in between and beyond. */
void osc_unary_table_s16(const int16_t *x, int16_t *y, int n, const int16_t *table, int step);

/* (x * positive + offset) / 2**shift above zero and (x * negative + offset) / 2**shift below, from low to high. */
void osc_unary_slopes_s16(const int16_t *x, int16_t *y, int n, int32_t positive, int32_t negative, int32_t offset,
                          int shift, int32_t low, int32_t high);

/* Fraction bits of what the table of tanh is read with, and the largest magnitude of that, 16. */
#define OSC_UNARY_FRACTION 15
#define OSC_UNARY_LIMIT (16 << OSC_UNARY_FRACTION)

/* In Q15; x * multiplier / 2**shift is what the table is read with. */
void osc_unary_sigmoid_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift);
void osc_unary_tanh_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift);

/* The same by the table of osc_logistic_table.h, which is read with (x * multiplier + half) / 2**shift; and in fixed
 * point, of x * factor with 3 integer bits. */
void osc_unary_sigmoid_by_table_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift);
void osc_unary_tanh_by_table_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift);
void osc_unary_sigmoid_of_fraction_s16(const int16_t *x, int16_t *y, int n, int factor);
void osc_unary_tanh_of_fraction_s16(const int16_t *x, int16_t *y, int n, int factor);

/* x times its sigmoid in Q15, times product_multiplier / 2**product_shift. */
void osc_unary_silu_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift,
                        int32_t product_multiplier, uint8_t product_shift);

/* x times (x * multiplier + offset) / 2**shift, from 0 to 1 in Q15, times product_multiplier / 2**product_shift. */
void osc_unary_hard_swish_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, int32_t offset, int shift,
                              int32_t product_multiplier, uint8_t product_shift);

#endif
