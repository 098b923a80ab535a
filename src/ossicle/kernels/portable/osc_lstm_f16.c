/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_lstm_f16(const float *gates, osc_half_t *h, osc_half_t *c, int n)
{
    for (int i = 0; i < n; i++) {
        float cell = osc_half_to_f32(c[i]);
        h[i] = osc_half_from_f32(osc_lstm_unit_f32(gates, gates + 4 * n, n, i, &cell));
        c[i] = osc_half_from_f32(cell);
    }
}
