/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of rows at several output positions, row by row: what a row needs stays in registers for all positions.
 *
 * OSC_REQUANTIZE_ROWS(NAME, RESULT, STORE, LIMIT, limit) makes a function for results of a type, with the instruction
 * that stores one. LIMIT(v) is the text of the instructions that make a code of the register v, a rescaled sum, with
 * the constant in %[k]; limit(v, k) is the same in C. */
#ifndef OSC_REQUANTIZE_ROWS_H
#define OSC_REQUANTIZE_ROWS_H

#include "osc_rescale.h"

#define OSC_POSITIONS 4

/* A row: its sums are times multiplier / 2**(32 + places). */
typedef struct {
    int32_t bias, multiplier, places, half;
} osc_row_t;

#ifdef __ARM_FEATURE_DSP

/* Four positions at a time. Loads stand before what uses the one before, so that an M7 issues two instructions in most
 * cycles, and waits for no product. Compilers order them in ways that take up to four times as long. */
#define OSC_ONE_ROW(NAME, RESULT, STORE, LIMIT, limit)                                                                 \
    static inline void NAME##_row(const osc_row_t *row, const int32_t *sums, int sums_step, int count, RESULT *y,      \
                                  int y_step, int32_t k)                                                               \
    {                                                                                                                  \
        int32_t a, b, c, d;                                                                                            \
        __asm__ volatile("1:\n\t"                                                                                      \
                "ldr %[a], [%[x]]\n\t"                                                                                 \
                "subs %[n], %[n], #4\n\t"                                                                              \
                "ldr %[b], [%[x], %[xs]]\n\t"                                                                          \
                "add %[x], %[x], %[xs], lsl #1\n\t"                                                                    \
                "add %[a], %[a], %[bias]\n\t"                                                                          \
                "add %[b], %[b], %[bias]\n\t"                                                                          \
                "ldr %[c], [%[x]]\n\t"                                                                                 \
                "smmla %[a], %[a], %[m], %[half]\n\t"                                                                  \
                "ldr %[d], [%[x], %[xs]]\n\t"                                                                          \
                "smmla %[b], %[b], %[m], %[half]\n\t"                                                                  \
                "add %[c], %[c], %[bias]\n\t"                                                                          \
                "add %[d], %[d], %[bias]\n\t"                                                                          \
                "asr %[a], %[a], %[p]\n\t"                                                                             \
                "smmla %[c], %[c], %[m], %[half]\n\t"                                                                  \
                "asr %[b], %[b], %[p]\n\t"                                                                             \
                "smmla %[d], %[d], %[m], %[half]\n\t" LIMIT("%[a]") LIMIT("%[b]")                                      \
                "add %[x], %[x], %[xs], lsl #1\n\t" STORE " %[a], [%[y]]\n\t"                                          \
                "asr %[c], %[c], %[p]\n\t" STORE " %[b], [%[y], %[ys]]\n\t"                                            \
                "add %[y], %[y], %[ys], lsl #1\n\t"                                                                    \
                "asr %[d], %[d], %[p]\n\t" LIMIT("%[c]") LIMIT("%[d]") STORE " %[c], [%[y]]\n\t" STORE                 \
                " %[d], [%[y], %[ys]]\n\t"                                                                             \
                "add %[y], %[y], %[ys], lsl #1\n\t"                                                                    \
                "bne 1b"                                                                                               \
                : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [x] "+r"(sums), [y] "+r"(y), [n] "+r"(count) \
                : [xs] "r"(4 * sums_step), [ys] "r"((int)sizeof *y * y_step), [bias] "r"(row->bias),                   \
                  [m] "r"(row->multiplier), [p] "r"(row->places), [half] "r"(row->half), [k] "r"(k)                    \
                : "cc", "memory");                                                                                     \
    }

#else

#define OSC_ONE_ROW(NAME, RESULT, STORE, LIMIT, limit)                                                                 \
    static inline void NAME##_row(const osc_row_t *row, const int32_t *sums, int sums_step, int count, RESULT *y,      \
                                  int y_step, int32_t k)                                                               \
    {                                                                                                                  \
        for (int i = 0; i < count; i++) {                                                                              \
            const int64_t product = (int64_t)(sums[i * sums_step] + row->bias) * row->multiplier;                      \
            y[i * y_step] = (RESULT)limit((row->half + (int32_t)(product >> 32)) >> row->places, k);                   \
        }                                                                                                              \
    }

#endif

/* All n rows at `count` positions, whole OSC_POSITIONS. */
#define OSC_REQUANTIZE_ROWS(NAME, RESULT, STORE, LIMIT, limit)                                                         \
    OSC_ONE_ROW(NAME, RESULT, STORE, LIMIT, limit)                                                                     \
    OSC_LAYER static void NAME(const osc_requantize_t *requantization, const int32_t *sums, int sums_step, int count,  \
                               int n, RESULT *y, int y_step, int32_t k)                                                \
    {                                                                                                                  \
        for (int r = 0; count != 0 && r < n; r++) {                                                                    \
            const int32_t bias = requantization->bias[r], multiplier = requantization->multiplier[r];                  \
            const int32_t places = requantization->shift[r] - 32;                                                      \
            if (places > 0) {                                                                                          \
                const osc_row_t row = {bias, multiplier, places, 1 << (places - 1)};                                   \
                NAME##_row(&row, sums + r, sums_step, count, y + r, y_step, k);                                        \
                continue;                                                                                              \
            }                                                                                                          \
            for (int i = 0; i < count; i++) {                                                                          \
                const int32_t value = osc_rescale_large(sums[i * sums_step + r] + bias, multiplier, places + 32);      \
                y[i * y_step + r] = (RESULT)limit(value, k);                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }

#endif
