/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gather.h"

void osc_copy_blocks_s8(const int32_t *blocks, int count, const int8_t *x, int8_t *y)
{
    for (int block = 0; block < count; block++) {
        const osc_block_t *const b = osc_block_at(blocks, block);
        const int n = b->count[2], from_step = b->from_step[2], to_step = b->to_step[2];
        for (int i = 0; i < b->count[0]; i++) {
            const int8_t *from = x + b->from + i * b->from_step[0];
            int8_t *to = y + b->to + i * b->to_step[0];
            for (int j = 0; j < b->count[1]; j++, from += b->from_step[1], to += b->to_step[1]) {
                if (from_step == 1 && to_step == 1) {
                    for (int k = 0; k < n; k++) {
                        to[k] = from[k];
                    }
                } else {
                    for (int k = 0; k < n; k++) {
                        to[k * to_step] = from[k * from_step];
                    }
                }
            }
        }
    }
}
