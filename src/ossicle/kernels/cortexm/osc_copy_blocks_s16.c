/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_gather.h"
#include "osc_smlad.h"

static inline void copy_two(int16_t *to, const int16_t *from)
{
    const uint32_t word = osc_load_word(from);
    __builtin_memcpy(to, &word, sizeof word);
}

/* Neighbours, as words, each loaded before it is stored: x and y may overlap where no value is written before it is
 * read. */
static void copy_row(int16_t *to, const int16_t *from, int n)
{
    OSC_ROLLED
    for (; n >= 8; n -= 8, to += 8, from += 8) {
        copy_two(to, from);
        copy_two(to + 2, from + 2);
        copy_two(to + 4, from + 4);
        copy_two(to + 6, from + 6);
    }
    OSC_ROLLED
    for (; n >= 2; n -= 2, to += 2, from += 2) {
        copy_two(to, from);
    }
    if (n > 0) {
        *to = *from;
    }
}

static void copy_apart(int16_t *to, int to_step, const int16_t *from, int from_step, int n)
{
    for (int k = 0; k < n; k++, to += to_step, from += from_step) {
        *to = *from;
    }
}

void osc_copy_blocks_s16(const int32_t *blocks, int count, const int16_t *x, int16_t *y)
{
    for (int block = 0; block < count; block++) {
        const osc_block_t *const b = osc_block_at(blocks, block);
        const int n = b->count[2], from_step = b->from_step[2], to_step = b->to_step[2];
        for (int i = 0; i < b->count[0]; i++) {
            const int16_t *from = x + b->from + i * b->from_step[0];
            int16_t *to = y + b->to + i * b->to_step[0];
            for (int j = 0; j < b->count[1]; j++, from += b->from_step[1], to += b->to_step[1]) {
                if (from_step == 1 && to_step == 1) {
                    copy_row(to, from, n);
                } else {
                    copy_apart(to, to_step, from, from_step, n);
                }
            }
        }
    }
}
