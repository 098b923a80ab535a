/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

OSC_INLINE void osc_put_codes(const osc_codes_t *codes, int at, int32x4_t value, int n)
{
    const int32x4_t code = vaddq_s32(value, vdupq_n_s32(codes->zero_point));
    osc_put_s8((int8_t *)codes->y + at, vmaxq_s32(code, vdupq_n_s32(codes->low)), n);
}

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    osc_requantize_all(requantization, sums, n, (osc_codes_t){255, zero_point, low, y});
}
