/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"
#include "osc_unary.h"

typedef struct {
    int32_t positive, half, shift, x_zero_point, zero_point;
} scales_t;

static inline int32_t sloped(const scales_t *scales, int32_t code, int32_t negative)
{
    const int32_t x = code - scales->x_zero_point, positive = scales->positive;
    /* The sign as a mask chooses without a branch. */
    const int32_t factor = positive + ((negative - positive) & (x >> 31));
    return OSC_SSAT(((x * factor + scales->half) >> scales->shift) + scales->zero_point, 16);
}

/* One slope for all; four values at a time, so that no product is waited for. */
static void same_slope(const scales_t *scales, const int16_t *x, int16_t *y, int n, int32_t negative)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        int32_t code[4];
        for (int j = 0; j < 4; j++) {
            code[j] = sloped(scales, x[i + j], negative);
        }
        for (int j = 0; j < 4; j++) {
            y[i + j] = (int16_t)code[j];
        }
    }
    for (; i < n; i++) {
        y[i] = (int16_t)sloped(scales, x[i], negative);
    }
}

void osc_unary_prelu_s16(const int16_t *restrict x, int16_t *restrict y, int n, const int16_t *slope, int size,
                         int inner, int32_t positive, int shift, int32_t x_zero_point, int32_t zero_point)
{
    const scales_t scales = {positive, 1 << (shift - 1), shift, x_zero_point, zero_point};
    if (inner > 1) {
        for (int i = 0, j = 0; i < n; i += inner, j = j + 1 < size ? j + 1 : 0) {
            same_slope(&scales, x + i, y + i, inner, slope[j]);
        }
        return;
    }
    for (int i = 0; i < n; i += size) {
        for (int j = 0; j < size; j++) {
            y[i + j] = (int16_t)sloped(&scales, x[i + j], slope[j]);
        }
    }
}
