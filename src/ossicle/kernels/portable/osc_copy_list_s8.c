/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gather.h"

void osc_copy_list_s8(const uint16_t *list, int count, const int8_t *x, int8_t *y)
{
    for (int i = 0; i < count; i++) {
        y[list[2 * i + 1]] = x[list[2 * i]];
    }
}
