/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_neon.h"

/* The sum of both products for a gate of up to four units. */
OSC_INLINE int32x4_t gate_of(const int32_t *gates, int units, int gate, int at, int n)
{
    const int32_t *const gx = gates + gate * units + at;
    return vaddq_s32(osc_get_s32(gx, n), osc_get_s32(gx + 4 * units, n));
}

/* Both products with 35 fraction bits, so that the new cell is rounded once. */
OSC_INLINE int32x2_t new_cells(int32x2_t forget, int32x2_t cell, int32x2_t added)
{
    const int64x2_t sum = vmlal_n_s32(vmull_s32(forget, cell), added, 32);
    return vmax_s32(vqmovn_s64(vrshrq_n_s64(sum, 15)), vdup_n_s32(-INT32_MAX));
}

/* Up to four of `units` hidden units, from `at` on. */
OSC_INLINE void four_units(const int32_t *gates, int16_t *h, int32_t *c, int units, int at, int n)
{
    const int32x4_t in = osc_sigmoid_four(gate_of(gates, units, 0, at, n), OSC_GATE_FRACTION);
    const int32x4_t forget = osc_sigmoid_four(gate_of(gates, units, 1, at, n), OSC_GATE_FRACTION);
    const int32x4_t candidate = osc_tanh_four(gate_of(gates, units, 2, at, n), OSC_GATE_FRACTION);
    const int32x4_t out = osc_sigmoid_four(gate_of(gates, units, 3, at, n), OSC_GATE_FRACTION);
    const int32x4_t cell = osc_get_s32(c + at, n), added = vmulq_s32(in, candidate);
    const int32x4_t next = vcombine_s32(new_cells(vget_low_s32(forget), vget_low_s32(cell), vget_low_s32(added)),
                                        new_cells(vget_high_s32(forget), vget_high_s32(cell), vget_high_s32(added)));
    osc_put_s32(c + at, next, n);
    osc_put_s16(h + at, osc_times_q15(out, osc_tanh_four(next, OSC_CELL_FRACTION)), n);
}

void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        four_units(gates, h, c, n, i, 4);
    }
    if (i < n) {
        four_units(gates, h, c, n, i, n - i);
    }
}
