/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"

void osc_unary_table_s8(const int8_t *restrict x, int8_t *restrict y, int n, const int8_t *restrict table)
{
    for (int i = 0; i < n; i++) {
        y[i] = table[x[i] + 128];
    }
}
