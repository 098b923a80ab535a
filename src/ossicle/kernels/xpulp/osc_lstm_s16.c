/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gates.h"

/* (forget c + 32 added) / 2**15, halves upwards, limited to +-(2**31 - 1), in 32 bits: forget is at most 2**15 and
 * added 2**30, so with c and 32 added split at their 15th bit, only the sum of the upper parts may overflow. */
static inline int32_t next_cell(int32_t forget, int32_t c, int32_t added)
{
    const int32_t lower = forget * (c & 0x7fff) + (added & 0x3ff) * 32 + (1 << 14);
    const int32_t a = forget * (c >> 15), b = (added >> 10) + (lower >> 15);
    const int32_t sum = (int32_t)((uint32_t)a + (uint32_t)b);
    if (((a ^ sum) & (b ^ sum)) < 0) {
        return a < 0 ? -INT32_MAX : INT32_MAX;
    }
    return sum < -INT32_MAX ? -INT32_MAX : sum;
}

void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n)
{
    const int32_t *const gx = gates;
    const int32_t *const gh = gates + 4 * n;
    for (int i = 0; i < n; i++) {
        const int32_t in = osc_sigmoid(gx[i] + gh[i]);
        const int32_t forget = osc_sigmoid(gx[n + i] + gh[n + i]);
        const int32_t candidate = osc_tanh(gx[2 * n + i] + gh[2 * n + i], OSC_GATE_FRACTION);
        const int32_t out = osc_sigmoid(gx[3 * n + i] + gh[3 * n + i]);
        c[i] = next_cell(forget, c[i], in * candidate);
        h[i] = (int16_t)((out * osc_tanh(c[i], OSC_CELL_FRACTION) + (1 << 14)) >> 15);
    }
}
