/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_requantized.h"

#ifdef OSC_WIDE
/* The last register begins early enough to be whole, and is computed before any of its sums is replaced. */
OSC_INLINE void all(const osc_requantize_t *f, int32_t *sums, int n, int32_t limit, int small)
{
    if (n < OSC_WIDE) {
        osc_put_ints(sums, osc_requantized(f, sums, 0, n, limit, small), n);
        return;
    }
    const osc_ints_t last = osc_requantized(f, sums, n - OSC_WIDE, OSC_WIDE, limit, small);
    for (int i = 0; i + OSC_WIDE < n; i += OSC_WIDE) {
        osc_put_ints(sums + i, osc_requantized(f, sums, i, OSC_WIDE, limit, small), OSC_WIDE);
    }
    osc_put_ints(sums + n - OSC_WIDE, last, OSC_WIDE);
}
#endif

void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit)
{
    const osc_requantize_t f = *requantization;
#ifdef OSC_WIDE
    if (osc_small_factors(f.shift, n)) {
        all(&f, sums, n, limit, 1);
    } else {
        all(&f, sums, n, limit, 0);
    }
#else
    for (int i = 0; i < n; i++) {
        sums[i] = osc_rescale_s32(sums[i] + f.bias[i], f.multiplier[i], f.shift[i], limit);
    }
#endif
}
