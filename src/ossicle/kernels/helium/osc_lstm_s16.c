/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

/* Gate k of four units, before its activation function. */
static inline int32x4_t gate(const int32_t *gx, int n, int k, mve_pred16_t lanes)
{
    return vaddq_s32(vldrwq_z_s32(gx + k * n, lanes), vldrwq_z_s32(gx + (4 + k) * n, lanes));
}

void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n)
{
    for (int i = 0; i < n; i += 4) {
        const int count = n - i < 4 ? n - i : 4;
        const mve_pred16_t lanes = vctp32q((uint32_t)count);
        int32_t in[4], forget[4], candidate[4];
        vst1q_s32(in, osc_sigmoid_4(gate(gates + i, n, 0, lanes), OSC_GATE_FRACTION));
        vst1q_s32(forget, osc_sigmoid_4(gate(gates + i, n, 1, lanes), OSC_GATE_FRACTION));
        vst1q_s32(candidate, osc_tanh_4(gate(gates + i, n, 2, lanes), OSC_GATE_FRACTION));
        const int32x4_t out = osc_sigmoid_4(gate(gates + i, n, 3, lanes), OSC_GATE_FRACTION);
        for (int k = 0; k < count; k++) {
            /* Both products with 35 fraction bits, so that the new cell is rounded once. */
            const int64_t added = (int64_t)in[k] * candidate[k] * 32;
            const int64_t cell = ((int64_t)forget[k] * c[i + k] + added + (1 << 14)) >> 15;
            c[i + k] = (int32_t)(cell < -INT32_MAX ? -INT32_MAX : cell > INT32_MAX ? INT32_MAX : cell);
        }
        const int32x4_t shown = osc_tanh_4(vldrwq_z_s32(c + i, lanes), OSC_CELL_FRACTION);
        vstrhq_p_s32(h + i, vrshrq_n_s32(vmulq_s32(out, shown), 15), lanes);
    }
}
