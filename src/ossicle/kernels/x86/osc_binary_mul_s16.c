/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_binary.h"
#include "osc_vector_math.h"

#ifdef OSC_WIDE
typedef struct {
    int32_t a_zero_point, b_zero_point, multiplier, shift, zero_point;
} product_t;

OSC_INLINE void products_of(const product_t *of, const int16_t *a, osc_ints_t b, int16_t *y, int n, int small)
{
    const osc_ints_t first = OSC_OP(sub_epi32)(osc_get_s16(a, n), OSC_INT(of->a_zero_point));
    const osc_ints_t product = OSC_OP(mullo_epi32)(first, OSC_OP(sub_epi32)(b, OSC_INT(of->b_zero_point)));
    const osc_ints_t result = osc_vector_rescale(product, OSC_INT(of->multiplier), OSC_INT(of->shift), 65535, small);
    osc_put_s16(y, OSC_OP(add_epi32)(result, OSC_INT(of->zero_point)), n);
}

/* Of registers of a with the same one of b. */
OSC_INLINE void with_one(const product_t *of, const int16_t *a, osc_ints_t b, int16_t *y, int n, int small)
{
    int i = 0;
    for (; i + OSC_WIDE <= n; i += OSC_WIDE) {
        products_of(of, a + i, b, y + i, OSC_WIDE, small);
    }
    if (i < n) {
        products_of(of, a + i, b, y + i, n - i, small);
    }
}

/* Of rows of a with b. */
OSC_INLINE void with_row(const product_t *of, const int16_t *a, const int16_t *b, int16_t *y, int n, int size, int small)
{
    for (int i = 0; i < n; i += size) {
        int j = 0;
        for (; j + OSC_WIDE <= size; j += OSC_WIDE) {
            products_of(of, a + i + j, osc_get_s16(b + j, OSC_WIDE), y + i + j, OSC_WIDE, small);
        }
        if (j < size) {
            products_of(of, a + i + j, osc_get_s16(b + j, size - j), y + i + j, size - j, small);
        }
    }
}
#endif

#define PRODUCT(a, j) osc_rescale_s32(((a) - a_zero_point) * (b[j] - b_zero_point), multiplier, shift, 65535)
#define RESULT(a, j) (int16_t)osc_clamp_s32(PRODUCT(a, j) + zero_point, INT16_MIN, INT16_MAX)

void osc_binary_mul_s16(const int16_t *restrict a, const int16_t *restrict b, int16_t *restrict y, int n, int size,
                        int inner, int32_t a_zero_point, int32_t b_zero_point, int32_t multiplier, uint8_t shift,
                        int32_t zero_point)
{
#ifdef OSC_WIDE
    const product_t of = {a_zero_point, b_zero_point, multiplier, shift, zero_point};
    if (inner == 1 && OSC_WIDE % size == 0) {
        /* A few values of b, again and again, fill a register. */
        int16_t repeated[OSC_WIDE];
        for (int l = 0; l < OSC_WIDE; l++) {
            repeated[l] = b[l % size];
        }
        const osc_ints_t row = osc_get_s16(repeated, OSC_WIDE);
        if (shift > 32) {
            with_one(&of, a, row, y, n, 1);
        } else {
            with_one(&of, a, row, y, n, 0);
        }
        return;
    }
    if (inner == 1 && size >= OSC_WIDE) {
        if (shift > 32) {
            with_row(&of, a, b, y, n, size, 1);
        } else {
            with_row(&of, a, b, y, n, size, 0);
        }
        return;
    }
#endif
    OSC_REPEATED(a, RESULT)
}
