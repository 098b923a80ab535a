/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_gru_s16(const int32_t *gates, int16_t *h, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const int32_t *const gx = gates + i, *const gh = gx + 3 * n;
        const int lanes = n - i;
        const osc_ints_t r_sum = OSC_OP(add_epi32)(osc_get_ints(gx, lanes), osc_get_ints(gh, lanes));
        const osc_ints_t z_sum = OSC_OP(add_epi32)(osc_get_ints(gx + n, lanes), osc_get_ints(gh + n, lanes));
        const osc_ints_t r = osc_vector_sigmoid_q15(r_sum, OSC_GATE_FRACTION);
        const osc_ints_t z = osc_vector_sigmoid_q15(z_sum, OSC_GATE_FRACTION);
        const osc_ints_t gated = osc_vector_times_q15(r, osc_get_ints(gh + 2 * n, lanes));
        const osc_ints_t candidate =
            osc_vector_tanh_q15(OSC_OP(add_epi32)(osc_get_ints(gx + 2 * n, lanes), gated), OSC_GATE_FRACTION);
        const osc_ints_t change = OSC_OP(sub_epi32)(osc_get_s16(h + i, lanes), candidate);
        osc_put_s16(h + i, OSC_OP(add_epi32)(candidate, osc_vector_times_q15(z, change)), lanes);
    }
#else
    const int32_t *const gx = gates, *const gh = gates + 3 * n;
    for (int i = 0; i < n; i++) {
        const int32_t r = osc_sigmoid_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t z = osc_sigmoid_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t gated = (r * gh[2 * n + i] + (1 << 14)) >> 15;
        const int32_t candidate = osc_tanh_q15(gx[2 * n + i] + gated, OSC_GATE_FRACTION);
        h[i] = (int16_t)(candidate + ((z * (h[i] - candidate) + (1 << 14)) >> 15));
    }
#endif
}
