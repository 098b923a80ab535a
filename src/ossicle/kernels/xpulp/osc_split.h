/* Products of operands of 16 bits with weights of fewer: w x = 256 w high + w low, with the signed upper and the
 * unsigned lower bytes of x. Operands are split before all rows of a matrix, a block of columns at a time. */
#ifndef OSC_SPLIT_H
#define OSC_SPLIT_H

#include "osc_xpulp.h"

/* Columns of a block, a multiple of eight. The 257 bins of a spectrum fit; on the stack, a block takes 548 bytes. */
#define OSC_SPLIT_COLUMNS 264

/* Columns of an operand, four after another as a word of upper and one of lower bytes, with zeros that fill up
 * eight columns; and how many words of weights each row has before them, for them, and in all. */
typedef struct {
    uint32_t bytes[OSC_SPLIT_COLUMNS / 2 + 2];
    int before, words, all;
} osc_block_t;

static inline void osc_split_columns(const int16_t *x, int columns, uint32_t *bytes)
{
    const int left = columns % 4;
#ifdef OSC_COREV
    if (columns >= 4) {
        __asm__ volatile(
            OSC_COREV_LOOP("7",
                "cv.lw t0, (%[x]), 4\n\t"
                "cv.lw t1, (%[x]), 4\n\t"
                "mv t2, t0\n\t"
                "cv.shuffle2.b t0, t1, %[high]\n\t"
                "cv.shuffle2.b t2, t1, %[low]\n\t"
                "cv.sw t0, (%[bytes]), 4\n\t"
                "cv.sw t2, (%[bytes]), 4\n\t")
            : [x] "+r"(x), [bytes] "+r"(bytes)
            : [count] "r"(columns / 4), [high] "r"(OSC_HIGH_BYTES), [low] "r"(OSC_LOW_BYTES)
            : "t0", "t1", "t2", "memory");
    }
#else
    for (int n = columns / 4; n > 0; n--, x += 4, bytes += 2) {
        const osc_split_t split = osc_split(osc_word(x), osc_word(x + 2));
        bytes[0] = split.high;
        bytes[1] = split.low;
    }
#endif
    if (left > 0) {
        const osc_split_t split = osc_split(osc_last_halves(x, left, 0), osc_last_halves(x, left, 1));
        bytes[0] = split.high;
        bytes[1] = split.low;
        bytes += 2;
    }
    bytes[0] = 0;
    bytes[1] = 0;
}

/* Takes the next columns in; returns whether there are any. At first, block->before and block->words are 0. */
static inline int osc_next_block(osc_block_t *block, const int16_t *x, int columns, const int per_word)
{
    block->before += block->words;
    const int first = per_word * block->before;
    const int taken = columns - first < OSC_SPLIT_COLUMNS ? columns - first : OSC_SPLIT_COLUMNS;
    if (taken <= 0) {
        return 0;
    }
    osc_split_columns(x + first, taken, block->bytes);
    block->words = (taken + per_word - 1) / per_word;
    return 1;
}

/* Sums of a group of rows with the upper and the lower bytes of an operand. */
typedef struct {
    uint32_t high[4], low[4];
} osc_sums_t;

#endif
