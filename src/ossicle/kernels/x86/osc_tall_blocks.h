/* SPDX-License-Identifier: Apache-2.0 */
/* Products with weights of which most blocks of 16 rows and two columns are zero, as layouts/blocks.py says, otherwise
 * like those of osc_kernels.h. Matrices have two columns at least. The widened one needs scratch of an int16 a column. */
#ifndef OSC_TALL_BLOCKS_H
#define OSC_TALL_BLOCKS_H

#include "osc_blocks.h"
#include "osc_pairs.h"

void osc_matvec_tall_blocks_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_tall_blocks_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y, int32_t *scratch);

#define OSC_TALL_BYTES_S8 32
#define OSC_TALL_BYTES_S4 16

#ifdef OSC_WIDE
#define OSC_TALL_VECTORS (OSC_TALL_ROWS / OSC_WIDE)
#define OSC_TALL_CHAINS 4

/* The weights of the rows of a vector, as the halves of its lanes. */
OSC_INLINE osc_ints_t osc_tall_weights(const uint8_t *block, int bytes, int vector)
{
    if (bytes == OSC_TALL_BYTES_S8) {
        return osc_get_pairs((const int8_t *)block + 2 * OSC_WIDE * vector, OSC_WIDE);
    }
    const osc_ints_t both = osc_get_s8((const int8_t *)block + OSC_WIDE * vector, OSC_WIDE);
    const osc_ints_t lower = OSC_OP(srli_epi32)(OSC_OP(srai_epi32)(OSC_OP(slli_epi32)(both, 28), 12), 16);
    return OSC_OP(add_epi32)(lower, OSC_OP(slli_epi32)(OSC_OP(srai_epi32)(both, 4), 16));
}
#endif

OSC_INLINE void osc_sum_tall_blocks(const void *table, int bytes, int rows, const int16_t *x, int32_t *y)
{
    const uint8_t *at = (const uint8_t *)table;
    for (int row = 0; row < rows; row += OSC_TALL_ROWS) {
        const int count = (int)*(const uint32_t *)(const void *)at;
        const uint16_t *const columns = (const uint16_t *)(const void *)(at + 4);
        const uint8_t *block = at + 4 + (count + 1) / 2 * 4;
        const int left = rows - row < OSC_TALL_ROWS ? rows - row : OSC_TALL_ROWS;
        at = block + bytes * count;
#ifdef OSC_WIDE
        osc_ints_t sum[OSC_TALL_CHAINS * OSC_TALL_VECTORS];
        for (int s = 0; s < OSC_TALL_CHAINS * OSC_TALL_VECTORS; s++) {
            sum[s] = OSC_OP(set1_epi32)(0);
        }
        int i = 0;
        for (; i + OSC_TALL_CHAINS <= count; i += OSC_TALL_CHAINS) {
            for (int chain = 0; chain < OSC_TALL_CHAINS; chain++, block += bytes) {
                const osc_ints_t pair = osc_neighbours_s16(x + columns[i + chain]);
                for (int v = 0; v < OSC_TALL_VECTORS; v++) {
                    osc_ints_t *const to = sum + chain * OSC_TALL_VECTORS + v;
                    *to = osc_add_pairs(*to, osc_tall_weights(block, bytes, v), pair);
                }
            }
        }
        for (; i < count; i++, block += bytes) {
            const osc_ints_t pair = osc_neighbours_s16(x + columns[i]);
            for (int v = 0; v < OSC_TALL_VECTORS; v++) {
                sum[v] = osc_add_pairs(sum[v], osc_tall_weights(block, bytes, v), pair);
            }
        }
        for (int v = 0; v < OSC_TALL_VECTORS && v * OSC_WIDE < left; v++) {
            for (int chain = 1; chain < OSC_TALL_CHAINS; chain++) {
                sum[v] = OSC_OP(add_epi32)(sum[v], sum[chain * OSC_TALL_VECTORS + v]);
            }
            osc_put_ints(y + row + v * OSC_WIDE, sum[v], left - v * OSC_WIDE);
        }
#else
        int32_t sums[OSC_TALL_ROWS] = {0};
        for (int i = 0; i < count; i++, block += bytes) {
            const int16_t *const pair = x + columns[i];
            for (int r = 0; r < OSC_TALL_ROWS; r++) {
                const int8_t *const wide = (const int8_t *)block + 2 * r;
                const int first = bytes == OSC_TALL_BYTES_S8 ? wide[0] : osc_nibble(block[r], 0);
                const int second = bytes == OSC_TALL_BYTES_S8 ? wide[1] : osc_nibble(block[r], 1);
                sums[r] += first * pair[0] + second * pair[1];
            }
        }
        for (int r = 0; r < left; r++) {
            y[row + r] = sums[r];
        }
#endif
    }
}

#endif
