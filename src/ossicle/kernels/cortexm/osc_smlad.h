/* The instructions of Arm's DSP extension that the products use, on words of two int16; in plain C where the
 * compiler has none, so that the same kernels can be tested anywhere. Words are little-endian. */
#ifndef OSC_SMLAD_H
#define OSC_SMLAD_H

#include <stdint.h>

#ifdef __ARM_FEATURE_DSP

#include <arm_acle.h>

#define OSC_SMLAD(a, b, sum) __smlad((int16x2_t)(a), (int16x2_t)(b), (sum))
#define OSC_SMLALD(a, b, sum) __smlald((int16x2_t)(a), (int16x2_t)(b), (sum))
#define OSC_SXTB16(word) ((uint32_t)__sxtb16((int8x4_t)(word)))
#define OSC_SXTB16_ROR8(word) ((uint32_t)__sxtb16((int8x4_t)__ror((word), 8)))

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

#endif

/* Two int16 or four int8 of an operand, which may begin at any of them: one LDR. (Without the builtin,
 * -ffreestanding makes memcpy a call.) */
static inline uint32_t osc_load_word(const void *x)
{
    uint32_t word;
    __builtin_memcpy(&word, x, sizeof word);
    return word;
}

/* Two words of weights, which are aligned to words: one LDRD. */
static inline uint64_t osc_load_two(const uint32_t *weights)
{
    uint64_t words;
    __builtin_memcpy(&words, weights, sizeof words);
    return words;
}

#endif
