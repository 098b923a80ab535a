/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_gru_f16(const float *restrict gates, osc_half_t *restrict h, int n)
{
    for (int i = 0; i < n; i++) {
        h[i] = osc_narrow(osc_gru_unit_f32(gates, gates + 3 * n, n, i, osc_widen(h[i])));
    }
}
