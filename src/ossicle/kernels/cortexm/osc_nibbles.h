/* SPDX-License-Identifier: Apache-2.0 */
/* Products with weights of four bits. A halfword of a table (layouts/smlad.py) holds those of four rows a to d in one
 * column, as 4096 d + 256 (c + 8) + 16 (b + 8) + a + 8, and a word two columns. A mask takes out the rows a, b and c,
 * each too large by 8; the whole words give 4096 times row d, and the others with it. */
#ifndef OSC_NIBBLES_H
#define OSC_NIBBLES_H

#include "osc_kernels.h"
#include "osc_smlad.h"

typedef struct {
    int32_t a, b, c;
    int64_t all;
} osc_nibble_sums_t;

static inline void osc_add_nibbles(osc_nibble_sums_t *sums, uint32_t weights, uint32_t x)
{
    const uint32_t mask = 0x000f000fu;
    sums->a = OSC_SMLAD(weights & mask, x, sums->a);
    sums->b = OSC_SMLAD(weights >> 4 & mask, x, sums->b);
    sums->c = OSC_SMLAD(weights >> 8 & mask, x, sums->c);
    sums->all = OSC_SMLALD(weights, x, sums->all);
}

/* Sums of four rows, given that of all that they were multiplied with. Those that were too large have wrapped around,
 * and do so again. */
static inline void osc_split_nibbles(const osc_nibble_sums_t *sums, int32_t sum_of_x, int32_t row[4])
{
    const uint32_t excess = 8u * (uint32_t)sum_of_x;
    row[0] = (int32_t)((uint32_t)sums->a - excess);
    row[1] = (int32_t)((uint32_t)sums->b - excess);
    row[2] = (int32_t)((uint32_t)sums->c - excess);
    const int64_t others = row[0] + 16 * (int64_t)row[1] + 256 * (int64_t)row[2] + (int64_t)2184 * sum_of_x;
    row[3] = (int32_t)((sums->all - others) >> 12);
}

#endif
