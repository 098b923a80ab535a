/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_lstm_f32(const float *gates, float *h, float *c, int n)
{
    for (int i = 0; i < n; i++) {
        h[i] = osc_lstm_unit_f32(gates, gates + 4 * n, n, i, &c[i]);
    }
}
