/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_rescale.h"

typedef struct {
    int32_t multiplier, half, places, zero_point;
} rescale_t;

/* Of a factor under a half, which nearly all are: the upper word of the product is enough. */
static inline int16_t small(const rescale_t *by, int32_t product)
{
    const int32_t upper = by->half + (int32_t)(((int64_t)product * by->multiplier) >> 32);
    return (int16_t)OSC_SSAT((upper >> by->places) + by->zero_point, 16);
}

static inline int16_t large(const rescale_t *by, int32_t product)
{
    const int32_t result = osc_rescale_s32(product, by->multiplier, (uint8_t)(by->places + 32), 65535);
    return (int16_t)osc_clamp_s32(result + by->zero_point, INT16_MIN, INT16_MAX);
}

#define PRODUCT(a, j) (((a) - a_zero_point) * (b[j] - b_zero_point))
#define SMALL(a, j) small(&by, PRODUCT(a, j))
#define LARGE(a, j) large(&by, PRODUCT(a, j))

void osc_binary_mul_s16(const int16_t *restrict a, const int16_t *restrict b, int16_t *restrict y, int n,
                        int size, int inner, int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier,
                        uint8_t shift, int32_t zero_point)
{
    const int32_t places = shift - 32, half = places > 0 ? 1 << (places - 1) : 0;
    const rescale_t by = {multiplier, half, places, zero_point};
    if (places > 0) {
        OSC_REPEATED(a, SMALL)
    } else {
        OSC_REPEATED(a, LARGE)
    }
}
