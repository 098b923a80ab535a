/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_lookup_s8(const int8_t *x, int8_t *y, int n, const int8_t *table)
{
    for (int i = 0; i < n; i++) {
        y[i] = table[x[i] + 128];
    }
}
