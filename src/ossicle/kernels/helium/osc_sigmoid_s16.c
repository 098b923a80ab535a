/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_helium.h"

void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n)
{
    for (int i = 0; i < n; i += 4) {
        const mve_pred16_t lanes = vctp32q((uint32_t)(n - i));
        const int32x4_t result = osc_sigmoid_4(vldrwq_z_s32(x + i, lanes), OSC_GATE_FRACTION);
        vstrhq_p_s32(y + i, osc_clamp_4(result, 0, INT16_MAX), lanes);
    }
}
