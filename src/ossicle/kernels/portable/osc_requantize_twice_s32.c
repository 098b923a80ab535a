/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

void osc_requantize_twice_s32(const osc_requantize_t *factors, int32_t *sums, int n)
{
    const osc_requantize_t f = *factors;
    for (int i = 0; i < n; i++) {
        sums[i] = osc_rescale_twice(sums[i] + f.bias[i], f.multiplier[i], f.shift[i]);
    }
}
