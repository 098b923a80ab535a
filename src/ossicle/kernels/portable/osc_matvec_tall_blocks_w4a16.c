/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"
#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_tall_blocks_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int row = 0; row < matrix->rows; row += OSC_TALL_ROWS) {
        const int count = (int)*group++;
        const uint16_t *const columns = (const uint16_t *)(const void *)group;
        group += (count + 1) / 2;
        const uint8_t *block = (const uint8_t *)(const void *)group;
        int32_t sums[OSC_TALL_ROWS] = {0};
        for (int i = 0; i < count; i++, block += OSC_TALL_ROWS) {
            const int16_t *const at = x + columns[i];
            for (int r = 0; r < OSC_TALL_ROWS; r++) {
                sums[r] += osc_nibble(block[r], 0) * at[0] + osc_nibble(block[r], 1) * at[1];
            }
        }
        for (int r = 0; r < OSC_TALL_ROWS && row + r < matrix->rows; r++) {
            y[row + r] = sums[r];
        }
        group += OSC_TALL_ROWS / 4 * count;
    }
}
