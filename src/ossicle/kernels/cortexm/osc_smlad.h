/* SPDX-License-Identifier: Apache-2.0 */
/* What the products on Cortex-M share: the instructions of Arm's DSP extension for words of two int16, and the
 * sums of row pairs. Where the compiler has no such instructions there is plain C, so that the same kernels
 * can be tested anywhere. Words are little-endian. */
#ifndef OSC_SMLAD_H
#define OSC_SMLAD_H

#include "osc_math.h"

typedef struct {
    uint32_t first, second;
} osc_two_words_t;

#ifdef __ARM_FEATURE_DSP

#include <arm_acle.h>

#define OSC_SMLAD(a, b, sum) __smlad((int16x2_t)(a), (int16x2_t)(b), (sum))
#define OSC_SMLALD(a, b, sum) __smlald((int16x2_t)(a), (int16x2_t)(b), (sum))
#define OSC_SXTB16(word) ((uint32_t)__sxtb16((int8x4_t)(word)))
#define OSC_SXTB16_ROR8(word) ((uint32_t)__sxtb16((int8x4_t)((word) >> 8 | (word) << 24)))

/* Two words of weights, which are aligned to words, and a step beyond them: the LDRD that compilers split. */
static inline osc_two_words_t osc_next_two(const uint32_t **weights)
{
    osc_two_words_t words;
    __asm__("ldrd %0, %1, [%2], #8"
            : "=r"(words.first), "=r"(words.second), "+r"(*weights)
            : "m"(*(const uint32_t(*)[2])*weights));
    return words;
}

#elif defined(__arm__)
#error "these kernels need the DSP extension: name a core that has it (in zig, -mcpu=cortex_m33+dsp)"
#else

static inline int64_t osc_dot2(uint32_t a, uint32_t b)
{
    return (int64_t)(int16_t)(a & 0xffffu) * (int16_t)(b & 0xffffu) +
           (int64_t)(int16_t)(a >> 16) * (int16_t)(b >> 16);
}

static inline uint32_t osc_widen2(uint32_t word)
{
    return (uint32_t)(uint16_t)(int8_t)(word & 0xffu) |
           (uint32_t)(uint16_t)(int8_t)(word >> 16 & 0xffu) << 16;
}

#define OSC_SMLAD(a, b, sum) ((int32_t)(uint32_t)(osc_dot2((a), (b)) + (sum)))
#define OSC_SMLALD(a, b, sum) (osc_dot2((a), (b)) + (sum))
#define OSC_SXTB16(word) osc_widen2(word)
#define OSC_SXTB16_ROR8(word) osc_widen2((word) >> 8)

static inline osc_two_words_t osc_next_two(const uint32_t **weights)
{
    const osc_two_words_t words = {(*weights)[0], (*weights)[1]};
    *weights += 2;
    return words;
}

#endif

/* Hides where a value is from. Otherwise compilers walk by more pointers than there are registers for. */
#ifdef __GNUC__
#define OSC_OPAQUE(value) __asm__("" : "+r"(value))
#else
#define OSC_OPAQUE(value)
#endif

/* Two int16 or four int8 that may begin at any of them: one LDR. (-ffreestanding makes memcpy a call.) */
static inline uint32_t osc_load_word(const void *x)
{
    uint32_t word;
    __builtin_memcpy(&word, x, sizeof word);
    return word;
}

/* Sums of two rows a and b of weights of 8 bits. A halfword of their table (layouts/smlad.py) is 256 a + b in one
 * column, a word two columns: the sum of its products is 256 times that of row a plus that of row b, which
 * the sign extended lower bytes give alone. So four products take SMLALD, SXTB16 and SMLAD. */
typedef struct {
    int64_t both;
    int32_t second;
} osc_row_pair_t;

/* Two columns of a pair of rows. */
static inline void osc_add_two(osc_row_pair_t *sums, uint32_t weights, uint32_t x)
{
    sums->both = OSC_SMLALD(weights, x, sums->both);
    sums->second = OSC_SMLAD(OSC_SXTB16(weights), x, sums->second);
}

/* Two columns of two pairs of rows. */
static inline void osc_add_four(osc_row_pair_t sums[2], const uint32_t **weights, uint32_t x)
{
    const osc_two_words_t words = osc_next_two(weights);
    osc_add_two(&sums[0], words.first, x);
    osc_add_two(&sums[1], words.second, x);
}

static inline void osc_split_rows(osc_row_pair_t sums, int32_t row[2])
{
    row[0] = (int32_t)((sums.both - sums.second) >> 8);
    row[1] = sums.second;
}

#endif
