/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_gru_f32(const float *gates, float *h, int n)
{
    for (int i = 0; i < n; i++) {
        h[i] = osc_gru_unit_f32(gates, gates + 3 * n, n, i, h[i]);
    }
}
