/* SPDX-License-Identifier: Apache-2.0 */
/* Requantization of sums, osc_rescale_s32 for vectors. */
#ifndef OSC_RESCALE_H
#define OSC_RESCALE_H

#include "osc_neon.h"

/* What becomes of results: they are limited to -limit ... limit, and put at the place of their sums in `y`. */
typedef struct {
    int32_t limit, zero_point, low;
    void *y;
} osc_codes_t;

OSC_INLINE void osc_put_codes(const osc_codes_t *codes, int at, int32x4_t value, int n);

/* Four shifts, each taken from `from`: negative bytes, the only part of a lane that shifts read. */
OSC_INLINE uint32x4_t osc_get_shifts(const uint8_t *shift, int n, uint8_t from)
{
    uint8_t lanes[8] = {0};
    __builtin_memcpy(lanes, shift, (size_t)(n >= 4 ? 4 : n));
    return vmovl_u16(vget_low_u16(vmovl_u8(vsub_u8(vdup_n_u8(from), vld1_u8(lanes)))));
}

/* Shifts by less than zero go to the right and round halves upwards. With shifts over 32, the upper halves of the products
 * are enough. */
OSC_INLINE int32x4_t osc_requantize_four(const osc_requantize_t *of, const int32_t *sums, int at, int n, int over_32)
{
    const int32x4_t sum = vaddq_s32(osc_get_s32(sums + at, n), osc_get_s32(of->bias + at, n));
    const int32x4_t multiplier = osc_get_s32(of->multiplier + at, n);
    const int64x2_t low = vmull_s32(vget_low_s32(sum), vget_low_s32(multiplier));
    const int64x2_t high = vmull_high_s32(sum, multiplier);
    const uint32x4_t shift = osc_get_shifts(of->shift + at, n, over_32 ? 32 : 0);
    if (over_32) {
        const int32x4_t upper = vuzp2q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
        return vrshlq_s32(upper, vreinterpretq_s32_u32(shift));
    }
    const int64x2_t low_shift = vreinterpretq_s64_u64(vmovl_u32(vget_low_u32(shift)));
    const int64x2_t high_shift = vreinterpretq_s64_u64(vmovl_high_u32(shift));
    return vqmovn_high_s64(vqmovn_s64(vrshlq_s64(low, low_shift)), vrshlq_s64(high, high_shift));
}

OSC_INLINE void osc_requantize_range(const osc_requantize_t *of, const int32_t *sums, int n, const osc_codes_t *codes,
                                     int over_32)
{
    const int32x4_t high = vdupq_n_s32(codes->limit), low = vdupq_n_s32(-codes->limit);
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        const int32x4_t value = osc_requantize_four(of, sums, i, 4, over_32);
        osc_put_codes(codes, i, vmaxq_s32(vminq_s32(value, high), low), 4);
    }
    if (i < n) {
        const int32x4_t value = osc_requantize_four(of, sums, i, n - i, over_32);
        osc_put_codes(codes, i, vmaxq_s32(vminq_s32(value, high), low), n - i);
    }
}

OSC_INLINE int osc_all_over_32(const uint8_t *shift, int n)
{
    uint8x16_t least = vdupq_n_u8(UINT8_MAX);
    int i = 0, over = 1;
    for (; i + 16 <= n; i += 16) {
        least = vminq_u8(least, vld1q_u8(shift + i));
    }
    for (; i < n; i++) {
        over &= shift[i] > 32;
    }
    return over && vminvq_u8(least) > 32;
}

OSC_INLINE void osc_requantize_all(const osc_requantize_t *requantization, const int32_t *sums, int n, osc_codes_t codes)
{
    const osc_requantize_t of = *requantization;
    if (osc_all_over_32(of.shift, n)) {
        osc_requantize_range(&of, sums, n, &codes, 1);
    } else {
        osc_requantize_range(&of, sums, n, &codes, 0);
    }
}

#endif
