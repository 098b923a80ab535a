/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gather.h"

void osc_fill_blocks_s16(const int32_t *blocks, int count, int16_t value, int16_t *y)
{
    for (int block = 0; block < count; block++) {
        const osc_block_t *const b = osc_block_at(blocks, block);
        for (int i = 0; i < b->count[0]; i++) {
            int16_t *to = y + b->to + i * b->to_step[0];
            for (int j = 0; j < b->count[1]; j++, to += b->to_step[1]) {
                for (int k = 0; k < b->count[2]; k++) {
                    to[k * b->to_step[2]] = value;
                }
            }
        }
    }
}
