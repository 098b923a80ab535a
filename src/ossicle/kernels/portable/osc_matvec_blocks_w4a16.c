/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"
#include "osc_math.h"

/* Words of a pair of blocks: their columns, and a byte for each of their rows. */
#define PAIR_WORDS 3

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int r = 0; r < matrix->rows; r += OSC_BLOCK_HEIGHT) {
        const int count = (int)*group++;
        int32_t sums[OSC_BLOCK_HEIGHT] = {0, 0, 0, 0};
        for (int i = 0; i < count; i++) {
            const uint32_t *const pair = group + i / 2 * PAIR_WORDS;
            const uint8_t *const block = (const uint8_t *)(const void *)(pair + 1 + i % 2);
            const int16_t *const at = x + (*pair >> i % 2 * 16 & 0xffffu);
            for (int row = 0; row < OSC_BLOCK_HEIGHT; row++) {
                sums[row] += osc_nibble(block[row], 0) * at[0] + osc_nibble(block[row], 1) * at[1];
            }
        }
        for (int row = 0; row < OSC_BLOCK_HEIGHT && r + row < matrix->rows; row++) {
            y[r + row] = sums[row];
        }
        group += osc_block_words(count, 1);
    }
}
