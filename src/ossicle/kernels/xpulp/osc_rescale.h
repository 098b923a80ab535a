/* SPDX-License-Identifier: Apache-2.0 */
/* What requantizing rows shares on cores with Xpulp or CORE-V: rescaling with the results of osc_rescale_s32. */
#ifndef OSC_RESCALE_H
#define OSC_RESCALE_H

#include "osc_xpulp.h"

/* Whether each of n shifts is over `most`. Shifts are under 128. */
static inline int osc_shifts_over(int most, const uint8_t *shift, int n)
{
    const uint32_t over = 0x01010101u * (uint32_t)(most + 1);
    uint32_t passed = 0x80808080u;
    int i = 0;
#ifdef OSC_COREV
    if (n >= 4) {
        const uint8_t *words = shift;
        uint32_t least = 0x7f7f7f7fu;
        __asm__ volatile(
            OSC_COREV_LOOP("3",
                "cv.lw t0, (%[words]), 4\n\t"
                "nop\n\t"
                "cv.minu.b %[least], %[least], t0\n\t")
            : [words] "+r"(words), [least] "+r"(least)
            : [count] "r"(n / 4)
            : "t0", "memory");
        passed = (least | 0x80808080u) - over;
        i = n / 4 * 4;
    }
#else
    for (; i + 4 <= n; i += 4) {
        passed &= (osc_word(shift + i) | 0x80808080u) - over;
    }
#endif
    for (; i < n; i++) {
        passed &= shift[i] > most ? 0xffffffffu : 0;
    }
    return (passed & 0x80808080u) == 0x80808080u;
}

/* Whether all factors are under a half: then the upper words of products are enough. */
static inline int osc_upper_words_do(const uint8_t *shift, int n)
{
    return osc_shifts_over(32, shift, n);
}

#ifdef OSC_COREV

/* Rows by a hardware loop; `limit` are instructions (so many) that turn t0 into a result, %[y] where it goes. Of a
 * shift, cv.addrnr reads the lower five bits, which are the shift of the upper word. */
#define OSC_COREV_RESCALE(limits, limit, store)  \
    OSC_COREV_LOOP("8 + " limits,                \
        "cv.lw t0, (%[sums]), 4\n\t"             \
        "cv.lw t1, (%[bias]), 4\n\t"             \
        "cv.lw t2, (%[multiplier]), 4\n\t"       \
        "cv.lbu t3, (%[shift]), 1\n\t"           \
        "add t0, t0, t1\n\t"                     \
        "mulh t0, t0, t2\n\t"                    \
        "cv.addrnr t0, zero, t3\n\t"             \
        limit                                    \
        store)

#else

/* x / 2**shift, halves upwards, for a shift of 1 to 31. */
static inline int32_t osc_rounded_shift(int32_t x, int32_t shift)
{
#ifdef OSC_GAP
    return __builtin_pulp_addRN_r(x, 0, (uint32_t)shift);
#else
    return ((x >> (shift - 1)) + 1) >> 1;
#endif
}

/* (sum + bias) * multiplier / 2**shift of row i, whose shift is over 32. */
static inline int32_t osc_rescale_row(const osc_requantize_t *requantization, int32_t sum, int i)
{
    const int64_t product = (int64_t)(sum + requantization->bias[i]) * requantization->multiplier[i];
    return osc_rounded_shift((int32_t)(product >> 32), requantization->shift[i] - 32);
}

#endif

#endif
