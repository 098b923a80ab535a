/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_blocks.h"
#include "osc_smlad.h"

/* Sums of two pairs of rows over so many pairs of blocks, at least one; returns where these end. */
#ifdef __ARM_FEATURE_DSP

/* A block of weights w and v, of which v is yet to be loaded, times an operand u. Loads stand beside multiplications, and
 * an M7 issues two instructions in most cycles. */
#define BLOCK(LOAD_V, THIRD, FOURTH)                                                                                   \
    LOAD_V "smlald %[a], %[b], %[w], %[u]\n\t"                                                                         \
           "sxtb16 %[w], %[w]\n\t"                                                                                     \
           "smlald %[c], %[d], %[v], %[u]\n\t"                                                                         \
           "sxtb16 %[v], %[v]\n\t"                                                                                     \
           "smlad %[e], %[w], %[u], %[e]\n\t" THIRD "smlad %[f], %[v], %[u], %[f]\n\t" FOURTH

static inline const uint32_t *add_pairs(osc_row_pair_t sums[2], const uint32_t *pair, const int16_t *x, int pairs)
{
    int32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
    uint32_t w, v, u, i, j;
    pair--;
    __asm__("1:\n\t"
            "ldrh %[i], [%[p], #4]\n\t"
            "subs %[n], %[n], #1\n\t"
            "ldrh %[j], [%[p], #6]\n\t"
            "ldr %[w], [%[p], #8]\n\t"
            "ldr %[u], [%[x], %[i], lsl #1]\n\t" BLOCK("ldr %[v], [%[p], #12]\n\t", "ldr %[w], [%[p], #16]\n\t",
                                                       "ldr %[u], [%[x], %[j], lsl #1]\n\t")
                BLOCK("ldr %[v], [%[p], #20]!\n\t", "", "bne 1b\n\t")
            : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [e] "+r"(e), [f] "+r"(f), [p] "+r"(pair),
              [n] "+r"(pairs), [w] "=&r"(w), [v] "=&r"(v), [u] "=&r"(u), [i] "=&r"(i), [j] "=&r"(j)
            : [x] "r"(x)
            : "cc", "memory");
    sums[0].both = (int64_t)((uint64_t)(uint32_t)b << 32 | (uint32_t)a);
    sums[1].both = (int64_t)((uint64_t)(uint32_t)d << 32 | (uint32_t)c);
    sums[0].second = e;
    sums[1].second = f;
    return pair + 1;
}

#else

static inline const uint32_t *add_pairs(osc_row_pair_t sums[2], const uint32_t *pair, const int16_t *x, int pairs)
{
    for (; pairs > 0; pairs--) {
        const uint32_t columns = *pair++;
        osc_add_four(sums, &pair, osc_load_word(x + (columns & 0xffffu)));
        osc_add_four(sums, &pair, osc_load_word(x + (columns >> 16)));
    }
    return pair;
}

#endif

/* Sums of four rows; returns where those of the next rows are. */
static const uint32_t *four_rows(const uint32_t *group, const int16_t *x, int32_t row[OSC_BLOCK_HEIGHT])
{
    const int count = (int)*group++;
    osc_row_pair_t sums[2] = {{0, 0}, {0, 0}};
    if (count > 1) {
        group = add_pairs(sums, group, x, count / 2);
    }
    if (count % 2) {
        const uint32_t columns = *group++;
        osc_add_four(sums, &group, osc_load_word(x + (columns & 0xffffu)));
    }
    osc_split_rows(sums[0], row);
    osc_split_rows(sums[1], row + 2);
    return group;
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_blocks_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    const int whole = matrix->rows / OSC_BLOCK_HEIGHT * OSC_BLOCK_HEIGHT;
    const uint32_t *group = (const uint32_t *)(const void *)matrix->weight;
    for (int r = 0; r < whole; r += OSC_BLOCK_HEIGHT) {
        group = four_rows(group, x, y + r);
    }
    if (whole < matrix->rows) {
        int32_t sums[OSC_BLOCK_HEIGHT];
        four_rows(group, x, sums);
        for (int r = whole; r < matrix->rows; r++) {
            y[r] = sums[r - whole];
        }
    }
}
