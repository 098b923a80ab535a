/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_NORMALIZE_H
#define OSC_NORMALIZE_H

#include "osc_kernels.h"

/* Each of `outer` rows of `count` values less its mean, divided by sqrt(variance + epsilon), times scale, plus
 * offset. */
void osc_normalize_f32(const float *x, float *y, int outer, int count, float epsilon, const float *scale,
                       const float *offset);

#endif
