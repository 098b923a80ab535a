/* SPDX-License-Identifier: Apache-2.0 */
/* Products of int16 with several operands at once; weights of 8 bits lie as layouts/smlad.py says. */
#ifndef OSC_SEVERAL_H
#define OSC_SEVERAL_H

#include "osc_smlad.h"

/* A pair of rows is multiplied by two operands at a time: they share the loads of the weights and their extension, and
 * the sums just fit into the registers. multiply_1 and multiply_2 give the sums of so many words of weights, at least
 * one, which lie one or two words apart. */

#ifdef __ARM_FEATURE_DSP

#define LOAD_WEIGHTS(STEP) "ldr %[w], [%[p]], #" STEP "\n\t"
#define LOAD_X "ldr %[u], [%[x]], #4\n\t"
#define LOAD_NEXT "ldr %[v], [%[y]], #4\n\t"

/* A word of weights times two operands takes five instructions. Loads for the next word stand between them, each after
 * the last use of its register; so an M7 issues two instructions in each cycle, and none waits. */
#define WORD(FIRST, SECOND, THIRD)                                                                                     \
    "sxtb16 %[t], %[w]\n\t"                                                                                            \
    "smlald %[a], %[b], %[w], %[u]\n\t"                                                                                \
    "smlald %[c], %[d], %[w], %[v]\n\t" FIRST "smlad %[e], %[t], %[u], %[e]\n\t" SECOND                                \
    "smlad %[f], %[t], %[v], %[f]\n\t" THIRD

#define WORD_AND_LOADS(STEP) WORD(LOAD_WEIGHTS(STEP), LOAD_X, LOAD_NEXT)

/* The last word is multiplied after the loop, so that nothing is loaded beyond it; an odd number of others begins with
 * one alone. What osc_split_rows does ends it. */
#define MULTIPLY(NAME, STEP)                                                                                       \
    static inline void NAME(const uint32_t *weights, const int16_t *x, const int16_t *next, int words, int32_t *y,     \
                            int y_step)                                                                                \
    {                                                                                                                  \
        int32_t a, b, c, d, e, f;                                                                                      \
        uint32_t w, t, u, v;                                                                                           \
        __asm__(LOAD_WEIGHTS(STEP) "movs %[a], #0\n\t" LOAD_X "movs %[b], #0\n\t" LOAD_NEXT                            \
                                   "subs %[n], %[n], #1\n\t"                                                           \
                                   "mov %[c], #0\n\t"                                                                  \
                                   "mov %[d], #0\n\t"                                                                  \
                                   "lsrs %[n], %[n], #1\n\t"                                                           \
                                   "mov %[e], #0\n\t"                                                                  \
                                   "mov %[f], #0\n\t"                                                                  \
                                   "bcc 1f\n\t" WORD_AND_LOADS(STEP) "1:\n\t"                                          \
                                   "beq 3f\n"                                                                          \
                                   "2:\n\t" WORD_AND_LOADS(STEP) WORD_AND_LOADS(STEP) "subs %[n], %[n], #1\n\t"        \
                                   "bne 2b\n"                                                                          \
                                   "3:\n\t" WORD("", "", "")                                                           \
                "subs %[a], %[a], %[e]\n\t"                                                                            \
                "sbc %[b], %[b], %[e], asr #31\n\t"                                                                    \
                "lsr %[a], %[a], #8\n\t"                                                                               \
                "subs %[c], %[c], %[f]\n\t"                                                                            \
                "sbc %[d], %[d], %[f], asr #31\n\t"                                                                    \
                "orr %[a], %[a], %[b], lsl #24\n\t"                                                                    \
                "lsr %[c], %[c], #8\n\t"                                                                               \
                "orr %[c], %[c], %[d], lsl #24\n\t"                                                                    \
                : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [p] "+r"(weights), \
                  [x] "+r"(x), [y] "+r"(next), [n] "+r"(words), [w] "=&r"(w), [t] "=&r"(t), [u] "=&r"(u),              \
                  [v] "=&r"(v)                                                                                         \
                :                                                                                                      \
                : "cc", "memory");                                                                                     \
        y[0] = a;                                                                                                      \
        y[1] = e;                                                                                                      \
        y[y_step] = c;                                                                                                 \
        y[y_step + 1] = f;                                                                                             \
    }

MULTIPLY(multiply_1, "4")
MULTIPLY(multiply_2, "8")

#else

static inline void multiply_one(const uint32_t *weights, int stride, const int16_t *x, int words, int32_t *y)
{
    osc_row_pair_t sums = {0, 0};
    for (int i = 0; i < words; i++) {
        osc_add_two(&sums, weights[i * stride], osc_load_word(x + 2 * i));
    }
    osc_split_rows(sums, y);
}

static inline void multiply_1(const uint32_t *weights, const int16_t *x, const int16_t *next, int words, int32_t *y,
                                  int y_step)
{
    multiply_one(weights, 1, x, words, y);
    multiply_one(weights, 1, next, words, y + y_step);
}

static inline void multiply_2(const uint32_t *weights, const int16_t *x, const int16_t *next, int words, int32_t *y,
                                  int y_step)
{
    multiply_one(weights, 2, x, words, y);
    multiply_one(weights, 2, next, words, y + y_step);
}

#endif

/* Where the loop crosses a multiple of 1 KB, the emulator takes it for two blocks, and its cycles are estimated too high;
 * the whole function has less than 256 bytes. */
#ifdef __ARM_FEATURE_DSP
#define OSC_ALIGNED __attribute__((aligned(256)))
#else
#define OSC_ALIGNED
#endif

/* Two rows at an even number of operands. */
#define TWO_ROWS(NAME, MULTIPLY)                                                                                       \
    OSC_LAYER OSC_ALIGNED static void NAME(const uint32_t *weights, const int16_t *x, int x_step, int32_t *y, int y_step, \
                               int count, int words)                                                                   \
    {                                                                                                                  \
        for (; count != 0; count -= 2, x += 2 * x_step, y += 2 * y_step) {                                             \
            MULTIPLY(weights, x, x + x_step, words, y, y_step);                                                        \
        }                                                                                                              \
    }

TWO_ROWS(two_rows_alone, multiply_1)
TWO_ROWS(two_rows_of_four, multiply_2)

/* An odd last column of two rows, whose weights are a halfword. */
OSC_LAYER static void add_last_column(uint16_t weights, const int16_t *x, int x_step, int32_t *y, int y_step, int count)
{
    const int32_t both = (int16_t)weights, second = (int8_t)(weights & 0xffu), first = (both - second) >> 8;
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        y[0] += first * *x;
        y[1] += second * *x;
    }
}

static void one_row(const int8_t *weights, int columns, const int16_t *x, int x_step, int32_t *y, int y_step, int count)
{
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        int32_t sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += weights[c] * x[c];
        }
        *y = sum;
    }
}

/* All rows at an even number of operands, of two columns at least. */
static void osc_all_rows(const osc_matrix_s8_t *matrix, const int16_t *x, int x_step, int32_t *y, int y_step, int count)
{
    const int rows = matrix->rows, columns = matrix->columns, words = columns / 2, last = columns - 1;
    const uint16_t *weights = (const uint16_t *)(const void *)matrix->weight;
    int r = 0;
    for (; r + 4 <= rows; r += 4, weights += 2 * columns) {
        for (int pair = 0; pair < 2; pair++) {
            int32_t *const sums = y + r + 2 * pair;
            two_rows_of_four((const uint32_t *)(const void *)weights + pair, x, x_step, sums, y_step, count, words);
            if (columns % 2) {
                add_last_column(weights[2 * last + pair], x + last, x_step, sums, y_step, count);
            }
        }
    }
    if (r + 2 <= rows) {
        two_rows_alone((const uint32_t *)(const void *)weights, x, x_step, y + r, y_step, count, words);
        if (columns % 2) {
            add_last_column(weights[last], x + last, x_step, y + r, y_step, count);
        }
        weights += columns;
        r += 2;
    }
    if (r < rows) {
        one_row((const int8_t *)(const void *)weights, columns, x, x_step, y + r, y_step, count);
    }
}

#endif
