/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_half.h"

void osc_lstm_f16(const float *restrict gates, osc_half_t *restrict h, osc_half_t *restrict c, int n)
{
    for (int i = 0; i < n; i++) {
        float cell = osc_widen(c[i]);
        h[i] = osc_narrow(osc_lstm_unit_f32(gates, gates + 4 * n, n, i, &cell));
        c[i] = osc_narrow(cell);
    }
}
