/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and extremes of the second axis of vectors of outer x count x inner values; y has outer x inner. */
#ifndef OSC_REDUCE_H
#define OSC_REDUCE_H

#include "osc_kernels.h"

/* Independent sums, which compilers turn into vector registers; errors also grow less in them. */
#define OSC_SUMS 16

static inline float osc_sum_f32(const float *x, int n)
{
    float lane[OSC_SUMS] = {0};
    const int whole = n - n % OSC_SUMS;
    for (int i = 0; i < whole; i += OSC_SUMS) {
        for (int l = 0; l < OSC_SUMS; l++) {
            lane[l] += x[i + l];
        }
    }
    float sum = 0.0f;
    for (int l = 0; l < OSC_SUMS; l++) {
        sum += lane[l];
    }
    for (int i = whole; i < n; i++) {
        sum += x[i];
    }
    return sum;
}

/* Sums times a factor. */
void osc_reduce_sum_f32(const float *x, float *y, int outer, int count, int inner, float factor);
void osc_reduce_squares_f32(const float *x, float *y, int outer, int count, int inner, float factor);
void osc_reduce_max_f32(const float *x, float *y, int outer, int count, int inner);
void osc_reduce_min_f32(const float *x, float *y, int outer, int count, int inner);

/* Of integers, x less its zero point, and all of it times multiplier / 2**shift. */
void osc_reduce_sum_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                       uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_sum_s16(const int16_t *x, int16_t *y, int outer, int count, int inner, int32_t multiplier,
                        uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_sum_float32_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                               uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_sum_twice_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                             uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_sum_twice_s16(const int16_t *x, int16_t *y, int outer, int count, int inner, int32_t multiplier,
                              uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_max_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                       uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_max_s16(const int16_t *x, int16_t *y, int outer, int count, int inner, int32_t multiplier,
                        uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_min_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                       uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_min_s16(const int16_t *x, int16_t *y, int outer, int count, int inner, int32_t multiplier,
                        uint8_t shift, int32_t x_zero_point, int32_t zero_point);

/* Sums of squares, of up to 2**15 values; the multiplier of int16 has 16 bits. */
void osc_reduce_squares_s8(const int8_t *x, int8_t *y, int outer, int count, int inner, int32_t multiplier,
                           uint8_t shift, int32_t x_zero_point, int32_t zero_point);
void osc_reduce_squares_s16(const int16_t *x, int16_t *y, int outer, int count, int inner, int32_t multiplier,
                            uint8_t shift, int32_t x_zero_point, int32_t zero_point);

#endif
