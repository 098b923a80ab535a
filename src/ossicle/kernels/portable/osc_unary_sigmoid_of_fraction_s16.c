/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fractions.h"
#include "osc_unary.h"

void osc_unary_sigmoid_of_fraction_s16(const int16_t *restrict x, int16_t *restrict y, int n, int factor)
{
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_sigmoid_of_fraction(osc_clamp_s32(x[i] * factor, INT16_MIN, INT16_MAX), 3, 15);
    }
}
