/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"
#include "osc_nibbles.h"

/* Sums of four rows; returns where those of the next rows are. */
static const uint32_t *four_rows(const uint32_t *group, const int16_t *x, int32_t row[OSC_BLOCK_HEIGHT])
{
    const int count = (int)*group++;
    osc_nibble_sums_t sums = {0, 0, 0, 0};
    int32_t sum_of_x = 0;
    for (int n = count / 2; n > 0; n--) {
        const uint32_t columns = *group++;
        const uint32_t first = osc_load_word(x + (columns & 0xffffu)), second = osc_load_word(x + (columns >> 16));
        sum_of_x = OSC_SMLAD(first, 0x00010001u, sum_of_x);
        osc_add_nibbles(&sums, *group++, first);
        sum_of_x = OSC_SMLAD(second, 0x00010001u, sum_of_x);
        osc_add_nibbles(&sums, *group++, second);
    }
    if (count % 2) {
        const uint32_t word = osc_load_word(x + (*group++ & 0xffffu));
        sum_of_x = OSC_SMLAD(word, 0x00010001u, sum_of_x);
        osc_add_nibbles(&sums, *group++, word);
    }
    osc_split_nibbles(&sums, sum_of_x, row);
    return group;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int whole = matrix->rows / OSC_BLOCK_HEIGHT * OSC_BLOCK_HEIGHT;
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int r = 0; r < whole; r += OSC_BLOCK_HEIGHT) {
        group = four_rows(group, x, y + r);
    }
    if (whole < matrix->rows) {
        int32_t sums[OSC_BLOCK_HEIGHT];
        four_rows(group, x, sums);
        for (int r = whole; r < matrix->rows; r++) {
            y[r] = sums[r - whole];
        }
    }
}
