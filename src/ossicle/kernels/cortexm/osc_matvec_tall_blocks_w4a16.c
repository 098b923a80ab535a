/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"
#include "osc_nibbles.h"

static int32_t total(const uint16_t *columns, int count, const int16_t *x)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++) {
        sum = OSC_SMLAD(osc_load_word(x + columns[i]), 0x00010001u, sum);
    }
    return sum;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_tall_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int rows = matrix->rows;
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int row = 0; row < rows; row += OSC_TALL_ROWS) {
        const int count = (int)*group++;
        const uint16_t *const columns = (const uint16_t *)(const void *)group;
        const int32_t sum_of_x = total(columns, count, x);
        group += (count + 1) / 2;
        for (int four = row; four < row + OSC_TALL_ROWS; four += OSC_BLOCK_HEIGHT, group += count) {
            osc_nibble_sums_t sums = {0, 0, 0, 0};
            int32_t found[OSC_BLOCK_HEIGHT];
            if (four >= rows) {
                continue;
            }
            for (int i = 0; i < count; i++) {
                osc_add_nibbles(&sums, group[i], osc_load_word(x + columns[i]));
            }
            osc_split_nibbles(&sums, sum_of_x, found);
            for (int r = 0; r < OSC_BLOCK_HEIGHT && four + r < rows; r++) {
                y[four + r] = found[r];
            }
        }
    }
}
