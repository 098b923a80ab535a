/* SPDX-License-Identifier: Apache-2.0 */
/* What the products with split operands share: a stretch of columns, and the sums of a group of rows. */
#ifndef OSC_STRETCH_H
#define OSC_STRETCH_H

#include "osc_byte_planes.h"
#include "osc_xpulp.h"

/* Columns of an operand that is split on the stack, a multiple of eight. The 257 bins of a spectrum fit. */
#define OSC_SPLIT_COLUMNS 264

/* Split columns; and how many words of weights each row has before them, for them, and in all. */
typedef struct {
    const uint32_t *bytes;
    unsigned before, words, all;
} osc_stretch_t;

static inline osc_stretch_t osc_stretch(const uint32_t *split, int begin, int end, int columns, const unsigned per_word)
{
    const osc_stretch_t stretch = {
        split,
        (unsigned)begin / per_word,
        ((unsigned)(end - begin) + per_word - 1) / per_word,
        ((unsigned)columns + per_word - 1) / per_word,
    };
    return stretch;
}

/* Sums with the upper and with the lower bytes. */
typedef struct {
    uint32_t high[4], low[4];
} osc_sums_t;

/* The sums of a group of rows, or what is to be added to those of the columns before. */
OSC_INLINE void osc_put_sums(const uint32_t sums[4], const osc_stretch_t *stretch, const int rows, int32_t *y)
{
    if (stretch->before > 0) {
        for (int r = 0; r < rows; r++) {
            y[r] = (int32_t)((uint32_t)y[r] + sums[r]);
        }
    } else {
        for (int r = 0; r < rows; r++) {
            y[r] = (int32_t)sums[r];
        }
    }
}

/* Splits the next columns of an operand, from begin on; returns where they end. */
static inline int osc_split_next(const int16_t *x, int columns, int begin, uint32_t *split)
{
    const int taken = columns - begin < OSC_SPLIT_COLUMNS ? columns - begin : OSC_SPLIT_COLUMNS;
    osc_byte_planes_s16(x + begin, taken, split, 0, osc_byte_plane_groups(taken));
    return begin + taken;
}

#endif
