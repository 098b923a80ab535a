/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix in the layout of pairs: blocks of OSC_BLOCK_ROWS rows, the last of which may have fewer; in a block, column
 * pair by column pair, the two weights of all its rows. */
#ifndef OSC_PAIRS_H
#define OSC_PAIRS_H

#include "osc_vectors.h"

#define OSC_BLOCK_ROWS 64

/* How many rows the block has that begins with row `first`. */
static inline int osc_block_rows(int rows, int first)
{
    return rows - first < OSC_BLOCK_ROWS ? rows - first : OSC_BLOCK_ROWS;
}

/* Two neighbours as the halves of each lane. */
#ifdef OSC_WIDE
static inline osc_ints_t osc_neighbours_s16(const int16_t *x)
{
    int32_t pair;
    __builtin_memcpy(&pair, x, sizeof pair);
    return OSC_OP(set1_epi32)(pair);
}
#endif

#endif
