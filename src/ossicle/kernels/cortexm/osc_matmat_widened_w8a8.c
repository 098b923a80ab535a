/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_widened.h"

#include "osc_several.h"

#define AT_ONCE 8

static inline void widen_four(const int8_t *x, int16_t *wide)
{
    const uint32_t four = osc_load_word(x), even = OSC_SXTB16(four), odd = OSC_SXTB16_ROR8(four);
    __builtin_memcpy(wide, &even, sizeof even);
    __builtin_memcpy(wide + 2, &odd, sizeof odd);
}

/* In the order in which an M7 waits for no load; compilers put what uses one right behind it. */
static inline void widen_sixteen(const int8_t *x, int16_t *wide)
{
#ifdef __ARM_FEATURE_DSP
    uint32_t a, b, c, d, e;
    __asm__ volatile("ldr %[a], [%[x]]\n\t"
                     "ldr %[b], [%[x], #4]\n\t"
                     "sxtb16 %[c], %[a]\n\t"
                     "sxtb16 %[d], %[a], ror #8\n\t"
                     "ldr %[a], [%[x], #8]\n\t"
                     "sxtb16 %[e], %[b]\n\t"
                     "strd %[c], %[d], [%[wide]]\n\t"
                     "sxtb16 %[b], %[b], ror #8\n\t"
                     "ldr %[c], [%[x], #12]\n\t"
                     "sxtb16 %[d], %[a]\n\t"
                     "strd %[e], %[b], [%[wide], #8]\n\t"
                     "sxtb16 %[a], %[a], ror #8\n\t"
                     "sxtb16 %[e], %[c]\n\t"
                     "strd %[d], %[a], [%[wide], #16]\n\t"
                     "sxtb16 %[c], %[c], ror #8\n\t"
                     "strd %[e], %[c], [%[wide], #24]"
                     : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e)
                     : [x] "r"(x), [wide] "r"(wide)
                     : "memory");
#else
    for (int c = 0; c < 16; c += 4) {
        widen_four(x + c, wide + c);
    }
#endif
}

/* An operand as int16, its columns in the order of the weights: of each whole group of four the even ones first. */
static void widen(const int8_t *x, int columns, int16_t *wide)
{
    int c = 0;
    for (; c + 16 <= columns; c += 16, wide += 16) {
        widen_sixteen(x + c, wide);
    }
    for (; c + 4 <= columns; c += 4, wide += 4) {
        widen_four(x + c, wide);
    }
    for (; c < columns; c++) {
        *wide++ = x[c];
    }
}

/* The emitter has proved that no accumulator overflows. An odd operand is left to this set's osc_matvec_w8a8, which
 * reads the weights in the same layout. */
void osc_matmat_widened_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int x_step, int count, int32_t *y, int y_step,
                             void *scratch)
{
    const int columns = matrix->columns, wide_step = columns + columns % 2;
    int paired = columns < 2 ? 0 : count / 2 * 2;
    int16_t *const wide = scratch;
    while (paired > 0) {
        const int some = paired < AT_ONCE ? paired : AT_ONCE;
        for (int i = 0; i < some; i++, x += x_step) {
            widen(x, columns, wide + i * wide_step);
        }
        osc_all_rows(matrix, wide, wide_step, y, y_step, some);
        y += some * y_step;
        paired -= some;
        count -= some;
    }
    for (; count > 0; count--, x += x_step, y += y_step) {
        osc_matvec_w8a8(matrix, x, y);
    }
}
