/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_AFFINE_H
#define OSC_AFFINE_H

#include "osc_kernels.h"

/* x * scale + offset for n values: `size` scales and offsets, again and again, each for `inner` values in turn. Integer
 * results are shifted to the right; their offsets hold zero points and the half that rounds. */
void osc_affine_f32(const float *x, float *y, int n, const float *scale, const float *offset, int size,
                    int inner);
void osc_affine_s8(const int8_t *x, int8_t *y, int n, const int16_t *scale, const int32_t *offset, int size,
                   int inner, int shift);
void osc_affine_s16(const int16_t *x, int16_t *y, int n, const int16_t *scale, const int32_t *offset, int size,
                    int inner, int shift);

#endif
