/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_REQUANTIZED_H
#define OSC_REQUANTIZED_H

#include "osc_vector_math.h"

#ifdef OSC_WIDE
/* `n` of the sums, from number `i` on, with bias and rescaled. */
OSC_INLINE osc_ints_t osc_requantized(const osc_requantize_t *f, const int32_t *sums, int i, int n, int32_t limit, int small)
{
    const osc_ints_t sum = OSC_OP(add_epi32)(osc_get_ints(sums + i, n), osc_get_ints(f->bias + i, n));
    const osc_ints_t multiplier = osc_get_ints(f->multiplier + i, n), shift = osc_get_shifts(f->shift + i, n);
    return osc_vector_rescale(sum, multiplier, shift, limit, small);
}
#endif

#endif
