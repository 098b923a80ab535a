/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_rescale.h"

OSC_INLINE void osc_put_codes(const osc_codes_t *codes, int at, int32x4_t value, int n)
{
    osc_put_s32((int32_t *)codes->y + at, value, n);
}

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    osc_requantize_all(requantization, sums, n, (osc_codes_t){limit, 0, 0, sums});
}
