/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

void osc_gru_s16(const int32_t *gates, int16_t *h, int n)
{
    const int32_t *gx = gates, *gh = gates + 3 * n;
    for (int left = n; left > 0; left -= 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)left);
        const int32x4_t r =
            osc_sigmoid_4(vaddq_s32(vldrwq_z_s32(gx, lanes), vldrwq_z_s32(gh, lanes)), OSC_GATE_FRACTION);
        const int32x4_t z =
            osc_sigmoid_4(vaddq_s32(vldrwq_z_s32(gx + n, lanes), vldrwq_z_s32(gh + n, lanes)), OSC_GATE_FRACTION);
        const int32x4_t gated = vrshrq_n_s32(vmulq_s32(r, vldrwq_z_s32(gh + 2 * n, lanes)), 15);
        const int32x4_t candidate =
            osc_tanh_4(vaddq_s32(vldrwq_z_s32(gx + 2 * n, lanes), gated), OSC_GATE_FRACTION);
        const int32x4_t change = vmulq_s32(z, vsubq_s32(vldrhq_z_s32(h, lanes), candidate));
        vstrhq_p_s32(h, vaddq_s32(candidate, vrshrq_n_s32(change, 15)), lanes);
        gx += 4, gh += 4, h += 4;
    }
}
