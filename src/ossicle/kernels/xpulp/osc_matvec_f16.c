/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_xpulp.h"

/* GAP9 multiplies and adds two halves at once (vfmac.h), but has no such instruction that adds to a float. GAP's
 * GCC makes it from vectors of its own type. OSC_HALF_PAIRS takes the same code to compilers that have _Float16. */
#if defined(OSC_GAP) && defined(__gap9__)
/* In this file alone, a product and the sum it goes to are one operation, whatever the flags say: these sums have
 * other roundings than anywhere else as it is. Bits that must be the same everywhere come from other files. */
#pragma GCC optimize("fp-contract=fast")
typedef float16 half_t;
#define OSC_HALF_PAIRS
#elif defined(OSC_HALF_PAIRS)
typedef _Float16 half_t;
#endif

#ifdef OSC_HALF_PAIRS

typedef half_t pair_t __attribute__((vector_size(4)));

/* Columns that are taken at once: two sums of four pairs. */
#define BLOCK 16

static inline float sum_of(pair_t pair)
{
    return (float)pair[0] + (float)pair[1];
}

static inline pair_t four_pairs(const osc_half_t *w, const pair_t *x)
{
    pair_t sum = (pair_t)osc_word(w) * x[0];
    sum += (pair_t)osc_word(w + 2) * x[1];
    sum += (pair_t)osc_word(w + 4) * x[2];
    sum += (pair_t)osc_word(w + 6) * x[3];
    return sum;
}

/* Operands are halves, widened. Sums of four products are halves, and those of all of them floats: that keeps the
 * error near that of a result in half precision, at least as long as no such sum passes 65504. */
void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const int whole = columns - columns % BLOCK;
    for (int r = 0; r < rows; r++) {
        const osc_half_t *const row = matrix->weight + r * columns;
        float sum = osc_half_to_f32(matrix->bias[r]);
        for (int c = whole; c < columns; c++) {
            sum += osc_half_to_f32(row[c]) * x[c];
        }
        y[r] = sum;
    }
    for (int c = 0; c < whole; c += BLOCK) {
        pair_t operand[BLOCK / 2];
        for (int i = 0; i < BLOCK / 2; i++) {
            operand[i] = (pair_t){(half_t)x[c + 2 * i], (half_t)x[c + 2 * i + 1]};
        }
        const osc_half_t *w = matrix->weight + c;
        for (int r = 0; r < rows; r++, w += columns) {
            y[r] += sum_of(four_pairs(w, operand)) + sum_of(four_pairs(w + 8, operand + 4));
        }
    }
}

#else

#include "osc_lanes.h"

/* As osc_half_to_f32, for units that multiply subnormal floats, which halves under 2**-14 are at first. */
static inline float widened(osc_half_t half)
{
    osc_bits_t bits;
    bits.u = (uint32_t)(int32_t)(int16_t)half << 13 & 0x8fffffffu;
    return bits.f * 5.192296858534828e33f; /* 2**112 */
}

#define OSC_WIDEN(weight) widened(weight)
OSC_ROW_SUM(osc_half_t)

void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y)
{
    const osc_half_t *row = matrix->weight;
    for (int r = 0; r < matrix->rows; r++, row += matrix->columns) {
        y[r] = osc_row_sum(row, matrix->bias[r], x, matrix->columns);
    }
}

#endif
