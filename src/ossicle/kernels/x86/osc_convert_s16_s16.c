/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

#ifdef OSC_WIDE
OSC_INLINE void converted(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift, int small)
{
    int i = 0;
    for (; i + OSC_WIDE <= n; i += OSC_WIDE) {
        const osc_ints_t value = osc_get_s16(x + i, OSC_WIDE);
        osc_put_s16(y + i, osc_vector_rescale_s16(value, multiplier, shift, 65535, small), OSC_WIDE);
    }
    if (i < n) {
        const osc_ints_t value = osc_get_s16(x + i, n - i);
        osc_put_s16(y + i, osc_vector_rescale_s16(value, multiplier, shift, 65535, small), n - i);
    }
}
#endif

void osc_convert_s16_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift)
{
#ifdef OSC_WIDE
    if (shift >= 16) {
        converted(x, y, n, multiplier, (uint8_t)shift, 1);
    } else {
        converted(x, y, n, multiplier, (uint8_t)shift, 0);
    }
#else
    for (int i = 0; i < n; i++) {
        const int32_t code = osc_rescale_s32(x[i], multiplier, (uint8_t)shift, 65535);
        y[i] = (int16_t)osc_clamp_s32(code, INT16_MIN, INT16_MAX);
    }
#endif
}
