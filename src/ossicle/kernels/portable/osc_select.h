/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_SELECT_H
#define OSC_SELECT_H

#include "osc_kernels.h"

/* Of n values a where c is not zero, and b elsewhere. Integers are chosen of a * a_multiplier + a_offset and of b
 * likewise, and shifted to the right; offsets hold zero points and the half that rounds. */
void osc_select_f32(const float *c, const float *a, const float *b, float *y, int n);
void osc_select_s8(const int8_t *c, const int8_t *a, const int8_t *b, int8_t *y, int n, int32_t a_multiplier,
                   int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift, int32_t c_zero_point,
                   int32_t zero_point);
void osc_select_s16(const int16_t *c, const int16_t *a, const int16_t *b, int16_t *y, int n, int32_t a_multiplier,
                    int32_t b_multiplier, int32_t a_offset, int32_t b_offset, int shift, int32_t c_zero_point,
                    int32_t zero_point);

#endif
