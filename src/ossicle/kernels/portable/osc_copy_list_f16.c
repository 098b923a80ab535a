/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gather.h"

void osc_copy_list_f16(const uint16_t *list, int count, const osc_half_t *x, osc_half_t *y)
{
    for (int i = 0; i < count; i++) {
        y[list[2 * i + 1]] = x[list[2 * i]];
    }
}
