/* SPDX-License-Identifier: Apache-2.0 */
/* What the products on RV32 cores with packed products of bytes and halves share, in three forms:
 *
 *   OSC_COREV  CORE-V (CV32E40P and its kin): inline assembly, since LLVM knows the mnemonics but no built-ins
 *   OSC_GAP    Xpulp as on GAP8, GAP9 and PULP: built-ins of GAP's GCC, which makes the hardware loops itself; it
 *              was not at hand, so that only the C around the built-ins has been run
 *   neither    plain C, so that the same kernels run and are tested anywhere
 *
 * Words are little-endian. The tables are those of the layout "xpulp" (layouts/xpulp.py). Sums are modulo 2**32:
 * the emitter has proved that the results fit, and what passes beyond in between comes back. */
#ifndef OSC_XPULP_H
#define OSC_XPULP_H

#include "osc_math.h"

#if !defined(OSC_COREV) && !defined(OSC_GAP) && (defined(__pulp__) || defined(__PULP__) || defined(__gap9__))
#define OSC_GAP
#endif

/* For functions that have to know an argument when they are compiled: a number of rows, which their assembly is
 * made for and which spares the rest tests. */
#ifdef __GNUC__
#define OSC_INLINE static inline __attribute__((always_inline))
#else
#define OSC_INLINE static inline
#endif

/* Four int16 as words of bytes: the signed upper ones and the unsigned lower ones. */
typedef struct {
    uint32_t high, low;
} osc_bytes_t;

#define OSC_HIGH_BYTES 0x07050301
#define OSC_LOW_BYTES 0x06040200

/* osc_dot_s8, osc_dot_u8s8 and osc_dot_s16: sum plus the products of two words of four bytes or two halves, those
 * of `a` unsigned in the second one. osc_split_words: the bytes of two words of halves. osc_word: the word at an
 * address that need not be a multiple of four, although others cost a cycle. */
#if defined(OSC_COREV)

static inline uint32_t osc_dot_s8(uint32_t a, uint32_t b, uint32_t sum)
{
    __asm__("cv.sdotsp.b %0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline uint32_t osc_dot_u8s8(uint32_t a, uint32_t b, uint32_t sum)
{
    __asm__("cv.sdotusp.b %0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline uint32_t osc_dot_s16(uint32_t a, uint32_t b, uint32_t sum)
{
    __asm__("cv.sdotsp.h %0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline osc_bytes_t osc_split_words(uint32_t first, uint32_t second)
{
    osc_bytes_t split = {first, first};
    __asm__("cv.shuffle2.b %0, %1, %2" : "+r"(split.high) : "r"(second), "r"(OSC_HIGH_BYTES));
    __asm__("cv.shuffle2.b %0, %1, %2" : "+r"(split.low) : "r"(second), "r"(OSC_LOW_BYTES));
    return split;
}

/* A hardware loop of `instructions`, all of 32 bits, that runs %[count] times, at least once. The assembler has no
 * name for what sets it up, cv.setup 0. Handlers of interrupts must leave the registers of loop 0 as they were. */
#define OSC_COREV_LOOP(instructions, body)               \
    ".option push\n\t"                                   \
    ".option norvc\n\t"                                  \
    ".p2align 2\n\t"                                     \
    ".insn i 0x2b, 4, x14, %[count], 1 + " instructions \
    "\n\t" body                                          \
    ".option pop"

/* Instructions of a loop for groups of at least so many rows. */
#define OSC_ROWS_FROM(least, instructions) ".if %[rows] >= " #least "\n\t" instructions "\n\t.endif\n\t"

#elif defined(OSC_GAP)

typedef int8_t osc_v4s_t __attribute__((vector_size(4)));
typedef uint8_t osc_v4u_t __attribute__((vector_size(4)));
typedef int16_t osc_v2s_t __attribute__((vector_size(4)));

static inline uint32_t osc_dot_s8(uint32_t a, uint32_t b, uint32_t sum)
{
    return (uint32_t)__builtin_pulp_sdotsp4((osc_v4s_t)a, (osc_v4s_t)b, (int32_t)sum);
}

static inline uint32_t osc_dot_u8s8(uint32_t a, uint32_t b, uint32_t sum)
{
    return (uint32_t)__builtin_pulp_sdotusp4((osc_v4u_t)a, (osc_v4s_t)b, (int32_t)sum);
}

static inline uint32_t osc_dot_s16(uint32_t a, uint32_t b, uint32_t sum)
{
    return (uint32_t)__builtin_pulp_sdotsp2((osc_v2s_t)a, (osc_v2s_t)b, (int32_t)sum);
}

static inline osc_bytes_t osc_split_words(uint32_t first, uint32_t second)
{
    const osc_v4s_t a = (osc_v4s_t)first, b = (osc_v4s_t)second;
    const osc_bytes_t split = {
        (uint32_t)__builtin_shuffle(a, b, (osc_v4s_t)(uint32_t)OSC_HIGH_BYTES),
        (uint32_t)__builtin_shuffle(a, b, (osc_v4s_t)(uint32_t)OSC_LOW_BYTES),
    };
    return split;
}

#else

static inline int32_t osc_byte(uint32_t word, int i)
{
    return (int8_t)(word >> 8 * i & 0xffu);
}

static inline uint32_t osc_dot_s8(uint32_t a, uint32_t b, uint32_t sum)
{
    for (int i = 0; i < 4; i++) {
        sum += (uint32_t)(osc_byte(a, i) * osc_byte(b, i));
    }
    return sum;
}

static inline uint32_t osc_dot_u8s8(uint32_t a, uint32_t b, uint32_t sum)
{
    for (int i = 0; i < 4; i++) {
        sum += (uint32_t)((int32_t)(a >> 8 * i & 0xffu) * osc_byte(b, i));
    }
    return sum;
}

static inline uint32_t osc_dot_s16(uint32_t a, uint32_t b, uint32_t sum)
{
    const int32_t low = (int16_t)(a & 0xffffu) * (int16_t)(b & 0xffffu);
    const int32_t high = (int16_t)(a >> 16) * (int16_t)(b >> 16);
    return sum + (uint32_t)low + (uint32_t)high;
}

static inline osc_bytes_t osc_split_words(uint32_t first, uint32_t second)
{
    const osc_bytes_t split = {
        (first >> 8 & 0xffu) | (first >> 16 & 0xff00u) | (second & 0xff00u) << 8 | (second & 0xff000000u),
        (first & 0xffu) | (first >> 8 & 0xff00u) | (second & 0xffu) << 16 | (second & 0xff0000u) << 8,
    };
    return split;
}

#endif

#if defined(__riscv)

typedef uint32_t osc_word_alias_t __attribute__((may_alias));

static inline uint32_t osc_word(const void *x)
{
    return *(const osc_word_alias_t *)x;
}

#else

static inline uint32_t osc_word(const void *x)
{
    const uint8_t *const byte = x;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

#endif

/* The last word of an operand, of 1 to 3 bytes or a half, where nothing beyond may be read. */
static inline uint32_t osc_last_bytes(const int8_t *x, int n)
{
    uint32_t word = 0;
    for (int i = 0; i < n; i++) {
        word |= (uint32_t)(uint8_t)x[i] << 8 * i;
    }
    return word;
}

/* Word i of n halves; beyond them are zeros. */
static inline uint32_t osc_last_halves(const int16_t *x, int n, int i)
{
    const uint32_t first = 2 * i < n ? (uint16_t)x[2 * i] : 0;
    const uint32_t second = 2 * i + 1 < n ? (uint16_t)x[2 * i + 1] : 0;
    return first | second << 16;
}

/* Calls add_rows(weights, operand, rows, y), which returns where the weights of the next rows are, for each group of
 * 4, 3, 2 or 1 rows, the numbers known to the compiler. */
#define OSC_GROUPS(add_rows, weights, operand, count, y)                             \
    do {                                                                             \
        int rows_left = (count), groups = (rows_left + 3) / 4;                       \
        for (; rows_left > 3 * groups; rows_left -= 4, groups--, (y) += 4) {         \
            (weights) = add_rows((weights), (operand), 4, (y));                      \
        }                                                                            \
        for (; rows_left > 2 * groups; rows_left -= 3, groups--, (y) += 3) {         \
            (weights) = add_rows((weights), (operand), 3, (y));                      \
        }                                                                            \
        for (; rows_left > groups; rows_left -= 2, groups--, (y) += 2) {             \
            (weights) = add_rows((weights), (operand), 2, (y));                      \
        }                                                                            \
        if (rows_left > 0) {                                                         \
            (weights) = add_rows((weights), (operand), 1, (y));                      \
        }                                                                            \
    } while (0)

#endif
