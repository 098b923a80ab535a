/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_MIXTURE_H
#define OSC_MIXTURE_H

#include "osc_kernels.h"

void osc_mixture_f32(const float *x, const float *z, const float *gain, float *y, float *peak, int n);
void osc_mixture_s16(const int16_t *x, const int16_t *z, const int16_t *gain, int16_t *y, int16_t *peak, int n,
                     int32_t x_multiplier, uint8_t x_shift, int32_t z_multiplier, uint8_t z_shift,
                     int32_t peak_multiplier, uint8_t peak_shift);

#endif
