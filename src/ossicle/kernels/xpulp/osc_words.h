/* SPDX-License-Identifier: Apache-2.0 */
/* Products of words with words, by one instruction each: weights and operands both of 8 bits, or both of 16. */
#ifndef OSC_WORDS_H
#define OSC_WORDS_H

#include "osc_xpulp.h"

OSC_INLINE uint32_t osc_dot(uint32_t a, uint32_t b, uint32_t sum, const int bits)
{
    return bits == 8 ? osc_dot_s8(a, b, sum) : osc_dot_s16(a, b, sum);
}

/* One word of the operand with one of each row. */
OSC_INLINE void osc_add_word(uint32_t sum[4], const uint32_t *weights, uint32_t x, const int rows, const int bits)
{
    sum[0] = osc_dot(weights[0], x, sum[0], bits);
    if (rows > 1) {
        sum[1] = osc_dot(weights[1], x, sum[1], bits);
    }
    if (rows > 2) {
        sum[2] = osc_dot(weights[2], x, sum[2], bits);
    }
    if (rows > 3) {
        sum[3] = osc_dot(weights[3], x, sum[3], bits);
    }
}

#ifdef OSC_COREV

/* All loads stand first, so that no product waits for one: 9 cycles for 4 rows. */
#define OSC_COREV_ADD_WORDS(dot)                                                                               \
    __asm__ volatile(                                                                                          \
        OSC_COREV_LOOP("1 + 2 * %[rows]",                                                                      \
            "cv.lw t0, (%[x]), 4\n\t"                                                                          \
            "cv.lw t1, (%[w]), 4\n\t"                                                                          \
            OSC_ROWS_FROM(2, "cv.lw t2, (%[w]), 4")                                                            \
            OSC_ROWS_FROM(3, "cv.lw t3, (%[w]), 4")                                                            \
            OSC_ROWS_FROM(4, "cv.lw t4, (%[w]), 4")                                                            \
            dot " %[s0], t1, t0\n\t"                                                                           \
            OSC_ROWS_FROM(2, dot " %[s1], t2, t0")                                                             \
            OSC_ROWS_FROM(3, dot " %[s2], t3, t0")                                                             \
            OSC_ROWS_FROM(4, dot " %[s3], t4, t0"))                                                            \
        : [s0] "+r"(sum[0]), [s1] "+r"(sum[1]), [s2] "+r"(sum[2]), [s3] "+r"(sum[3]), [w] "+r"(weights),       \
          [x] "+r"(x)                                                                                          \
        : [count] "r"(words), [rows] "i"(rows)                                                                 \
        : "t0", "t1", "t2", "t3", "t4", "memory")

OSC_INLINE const uint32_t *osc_add_words(uint32_t sum[4], const uint32_t *weights, const void *x, int words,
                                         const int rows, const int bits)
{
    if (words > 0 && bits == 8) {
        OSC_COREV_ADD_WORDS("cv.sdotsp.b");
    } else if (words > 0) {
        OSC_COREV_ADD_WORDS("cv.sdotsp.h");
    }
    return weights;
}

#else

OSC_INLINE const uint32_t *osc_add_words(uint32_t sum[4], const uint32_t *weights, const void *x, int words,
                                         const int rows, const int bits)
{
    const uint8_t *bytes = x;
    for (int n = words; n > 0; n--, weights += rows, bytes += 4) {
        osc_add_word(sum, weights, osc_word(bytes), rows, bits);
    }
    return weights;
}

#endif

/* An operand: whole words, and in `last` what is left of columns that do not fill one. */
typedef struct {
    const void *x;
    int words, left;
    uint32_t last;
} osc_operand_t;

/* Sums of a group of rows; returns where the next group is. */
OSC_INLINE const uint32_t *osc_add_rows(const uint32_t *weights, const osc_operand_t *operand, const int rows,
                                        const int bits, int32_t *y)
{
    uint32_t sum[4] = {0, 0, 0, 0};
    weights = osc_add_words(sum, weights, operand->x, operand->words, rows, bits);
    if (operand->left > 0) {
        osc_add_word(sum, weights, operand->last, rows, bits);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)sum[r];
    }
    return weights;
}

#endif
