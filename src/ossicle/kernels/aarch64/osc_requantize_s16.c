/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

OSC_INLINE void osc_put_codes(const osc_codes_t *codes, int at, int32x4_t value, int n)
{
    osc_put_s16((int16_t *)codes->y + at, vmaxq_s32(value, vdupq_n_s32(codes->low)), n);
}

void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y)
{
    osc_requantize_all(requantization, sums, n, (osc_codes_t){32768, 0, low, y});
}
