/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_blocks_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int r = 0; r < matrix->rows; r += OSC_BLOCK_HEIGHT) {
        const int count = (int)*group++;
        int32_t sums[OSC_BLOCK_HEIGHT] = {0, 0, 0, 0};
        for (int i = 0; i < count; i++) {
            const uint32_t *const pair = group + i / 2 * OSC_BLOCK_PAIR_WORDS;
            const int8_t *const block = (const int8_t *)(const void *)(pair + 1 + i % 2 * OSC_BLOCK_WORDS);
            const int16_t *const at = x + (*pair >> i % 2 * 16 & 0xffffu);
            for (int row = 0; row < OSC_BLOCK_HEIGHT; row++) {
                sums[row] += block[2 * row] * at[0] + block[2 * row + 1] * at[1];
            }
        }
        for (int row = 0; row < OSC_BLOCK_HEIGHT && r + row < matrix->rows; row++) {
            y[r + row] = sums[row];
        }
        group += osc_block_words(count, OSC_BLOCK_WORDS);
    }
}
