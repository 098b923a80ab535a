/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_CLAMP_VALUES_H
#define OSC_CLAMP_VALUES_H

#include "osc_kernels.h"

/* Brings n values into a range, in place, where a layer has another one than what its kernel ends with. */
void osc_clamp_values_f32(float *y, int n, float low, float high);
void osc_clamp_values_f16(osc_half_t *y, int n, float low, float high);
void osc_clamp_values_s8(int8_t *y, int n, int32_t low, int32_t high);
void osc_clamp_values_s16(int16_t *y, int n, int32_t low, int32_t high);

#endif
