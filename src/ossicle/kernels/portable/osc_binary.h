/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of two vectors, element by element: of n values of a, and of `size` values of b, which are gone through
 * again and again and each of which stands for `inner` values in turn. a and b may be the same vector. */
#ifndef OSC_BINARY_H
#define OSC_BINARY_H

#include "osc_kernels.h"
#include "osc_repeated.h"

static inline int32_t osc_max_s32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int32_t osc_min_s32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Comparisons give 1 or 0. */
void osc_binary_add_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_sub_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_mul_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_div_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_max_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_min_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_greater_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_less_f32(const float *a, const float *b, float *y, int n, int size, int inner);
void osc_binary_equal_f32(const float *a, const float *b, float *y, int n, int size, int inner);

/* Of integers: the terms a * a_multiplier and b * b_multiplier have the same unit, and >> shift makes it that of y.
 * Offsets hold what zero points contribute, and the half that rounds. A product is rescaled by multiplier / 2**shift
 * instead. Subtraction is addition, and less is greater, with negative multipliers. */
void osc_binary_add_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                       int32_t a_multiplier, int32_t b_multiplier, int32_t offset, int shift,
                       int32_t zero_point);
void osc_binary_mul_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                       int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                       int32_t zero_point);
void osc_binary_max_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                       int32_t a_multiplier, int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift,
                       int32_t zero_point);
void osc_binary_min_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                       int32_t a_multiplier, int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift,
                       int32_t zero_point);
void osc_binary_greater_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                           int32_t a_multiplier, int32_t b_multiplier, int32_t difference);
void osc_binary_equal_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                         int32_t a_multiplier, int32_t b_multiplier, int32_t difference);
void osc_binary_add_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                        int32_t a_multiplier, int32_t b_multiplier, int32_t offset, int shift,
                        int32_t zero_point);
void osc_binary_mul_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                        int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                        int32_t zero_point);
void osc_binary_max_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                        int32_t a_multiplier, int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift,
                        int32_t zero_point);
void osc_binary_min_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                        int32_t a_multiplier, int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift,
                        int32_t zero_point);
void osc_binary_greater_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                            int32_t a_multiplier, int32_t b_multiplier, int32_t difference);
void osc_binary_equal_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                          int32_t a_multiplier, int32_t b_multiplier, int32_t difference);

/* As other runtimes round: a product in single precision, or twice; and a sum whose operands, raised by 20 bits, are
 * rescaled to a common unit first, as the sum is then, each of them twice rounded. */
void osc_binary_mul_float32_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                               int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                               int32_t zero_point);
void osc_binary_mul_twice_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                             int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                             int32_t zero_point);
void osc_binary_add_twice_s8(const int8_t *a, const int8_t *b, int8_t *y, int n, int size, int inner,
                             int32_t a_zero_point, int32_t b_zero_point, int32_t a_multiplier, uint8_t a_shift,
                             int32_t b_multiplier, uint8_t b_shift, int32_t sign, int32_t multiplier, uint8_t shift,
                             int32_t zero_point);

/* Of int16, where the terms of float32 are rounded once, and all else twice. */
void osc_binary_mul_twice_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                              int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                              int32_t zero_point);
void osc_binary_add_float32_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                                int32_t a_zero_point, int32_t b_zero_point, int32_t a_multiplier, uint8_t a_shift,
                                int32_t b_multiplier, uint8_t b_shift, int32_t sign, int32_t multiplier,
                                uint8_t shift, int32_t zero_point);
void osc_binary_add_twice_s16(const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int inner,
                              int32_t a_zero_point, int32_t b_zero_point, int32_t a_multiplier, uint8_t a_shift,
                              int32_t b_multiplier, uint8_t b_shift, int32_t sign, int32_t multiplier,
                              uint8_t shift, int32_t zero_point);

#endif
