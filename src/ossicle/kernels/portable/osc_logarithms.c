/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_logarithms(const osc_logarithm_t *config, float *values, int n)
{
    for (int i = 0; i < n; i++) {
        values[i] = osc_logarithm_f32(config, values[i]);
    }
}
