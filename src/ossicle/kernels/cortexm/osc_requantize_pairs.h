/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of rows of one output position, two rows at a time.
 *
 * OSC_REQUANTIZE_PAIRS(NAME, RESULT, STORE, LIMIT, limit) makes a function for results of a type, with the instruction
 * that stores one and goes on. LIMIT(v) is the text of the instructions that make a code of the register v, which is
 * twice a rescaled sum and as much as `add` more, with a constant in %[k]; limit(v, k) is the same in C. */
#ifndef OSC_REQUANTIZE_PAIRS_H
#define OSC_REQUANTIZE_PAIRS_H

#include "osc_rescale.h"

#ifdef __ARM_FEATURE_DSP

/* Two rows from row i on, and so on; returns the row at which a pair has a factor of a half or more, or at which
 * none is left. Of the shifted upper word of a product the last bit decides the rounding. */
#define OSC_PAIRS(NAME, RESULT, STORE, LIMIT, limit)                                                                   \
    static inline int NAME##_pairs(const osc_requantize_t *requantization, const int32_t *sums, int i, int n,          \
                                   RESULT *y, int32_t add, int32_t k)                                                  \
    {                                                                                                                  \
        const int32_t *bias = requantization->bias + i, *multiplier = requantization->multiplier + i;                  \
        const uint8_t *shift = requantization->shift + i;                                                              \
        int left = (n - i) / 2;                                                                                        \
        const int end = i + 2 * left;                                                                                  \
        int32_t a, b, c, d, p, q;                                                                                      \
        sums += i;                                                                                                     \
        y += i;                                                                                                        \
        if (left == 0) {                                                                                               \
            return i;                                                                                                  \
        }                                                                                                              \
        __asm__ volatile("1:\n\t"                                                                                      \
                         "ldrd %[a], %[b], [%[x]], #8\n\t"                                                             \
                         "ldrd %[c], %[d], [%[o]], #8\n\t"                                                             \
                         "ldrb %[p], [%[s]], #1\n\t"                                                                   \
                         "ldrb %[q], [%[s]], #1\n\t"                                                                   \
                         "add %[a], %[a], %[c]\n\t"                                                                    \
                         "add %[b], %[b], %[d]\n\t"                                                                    \
                         "sub %[p], %[p], #33\n\t"                                                                     \
                         "sub %[q], %[q], #33\n\t"                                                                     \
                         "orrs %[c], %[p], %[q]\n\t"                                                                   \
                         "bmi 2f\n\t"                                                                                  \
                         "ldrd %[c], %[d], [%[m]], #8\n\t"                                                             \
                         "smmul %[a], %[a], %[c]\n\t"                                                                  \
                         "subs %[n], %[n], #1\n\t"                                                                     \
                         "smmul %[b], %[b], %[d]\n\t"                                                                  \
                         "asr %[a], %[a], %[p]\n\t"                                                                    \
                         "asr %[b], %[b], %[q]\n\t"                                                                    \
                         "add %[a], %[a], %[add]\n\t"                                                                  \
                         "add %[b], %[b], %[add]\n\t" LIMIT("%[a]") LIMIT("%[b]") STORE " %[a], [%[y]], #%c[size]\n\t" \
                         STORE " %[b], [%[y]], #%c[size]\n\t"                                                          \
                         "bne 1b\n"                                                                                    \
                         "2:"                                                                                          \
                         : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [p] "=&r"(p), [q] "=&r"(q),         \
                           [x] "+r"(sums), [y] "+r"(y), [o] "+r"(bias), [m] "+r"(multiplier), [s] "+r"(shift),         \
                           [n] "+r"(left)                                                                              \
                         : [add] "r"(add), [k] "r"(k), [size] "i"(sizeof *y)                                           \
                         : "cc", "memory");                                                                            \
        return end - 2 * left;                                                                                         \
    }

#else

#define OSC_PAIRS(NAME, RESULT, STORE, LIMIT, limit)                                                                   \
    static inline int NAME##_pairs(const osc_requantize_t *requantization, const int32_t *sums, int i, int n,          \
                                   RESULT *y, int32_t add, int32_t k)                                                  \
    {                                                                                                                  \
        const osc_requantize_t f = *requantization;                                                                    \
        for (; i + 2 <= n && f.shift[i] > 32 && f.shift[i + 1] > 32; i += 2) {                                         \
            for (int j = i; j < i + 2; j++) {                                                                          \
                const int32_t upper = (int32_t)(((int64_t)(sums[j] + f.bias[j]) * f.multiplier[j]) >> 32);             \
                y[j] = (RESULT)limit((upper >> (f.shift[j] - 33)) + add, k);                                           \
            }                                                                                                          \
        }                                                                                                              \
        return i;                                                                                                      \
    }

#endif

/* All n rows. */
#define OSC_REQUANTIZE_PAIRS(NAME, RESULT, STORE, LIMIT, limit)                                                        \
    OSC_PAIRS(NAME, RESULT, STORE, LIMIT, limit)                                                                       \
    OSC_LAYER static void NAME(const osc_requantize_t *requantization, const int32_t *sums, int n, RESULT *y,          \
                               int32_t add, int32_t k)                                                                 \
    {                                                                                                                  \
        for (int i = 0; i < n;) {                                                                                      \
            i = NAME##_pairs(requantization, sums, i, n, y, add, k);                                                   \
            for (int end = i + 2; i < n && i < end; i++) {                                                             \
                y[i] = (RESULT)limit(2 * osc_rescale_row(requantization, sums, i) + add - 1, k);                       \
            }                                                                                                          \
        }                                                                                                              \
    }

#endif
