/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_gru_f16(const float *gates, osc_half_t *h, int n)
{
    for (int i = 0; i < n; i++) {
        const float unit = osc_gru_unit_f32(gates, gates + 3 * n, n, i, osc_half_to_f32(h[i]));
        h[i] = osc_half_from_f32(unit);
    }
}
