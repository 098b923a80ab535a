/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

typedef int16_t osc_value_t;

#include "osc_copy_run.h"

void osc_copy_blocks_s16(const int32_t *blocks, int count, const int16_t *x, int16_t *y)
{
    for (int block = 0; block < count; block++) {
        osc_copy_block(osc_block_at(blocks, block), x, y);
    }
}
