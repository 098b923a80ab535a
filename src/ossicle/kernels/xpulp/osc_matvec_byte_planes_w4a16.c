/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_stretch.h"

/* The sums are sixteen times as large, since a shift by four at the end is cheaper than one for each word. Those with
 * the lower bytes stay under 2**31 as long as the products with operands of -32768 do, since 16 * 255 < 32768. */

#ifdef OSC_COREV

/* A row, whose weights are in w: t6 becomes sixteen times the lower halves of its bytes, and w the upper ones. The
 * upper and the lower bytes of operands are in t0 and t1, and in t2 and t3 those of the next four columns. */
#define ROW(w, high, low)                  \
    "cv.sll.sci.b t6, " w ", 4\n\t"        \
    "and " w ", " w ", %[mask]\n\t"        \
    "cv.sdotsp.b " high ", t6, t0\n\t"     \
    "cv.sdotusp.b " low ", t1, t6\n\t"     \
    "cv.sdotsp.b " high ", " w ", t2\n\t"  \
    "cv.sdotusp.b " low ", t3, " w "\n\t"

/* 32 cycles for 4 rows and 8 columns. */
OSC_INLINE osc_sums_t add_words(const uint32_t *weights, const osc_stretch_t *stretch, const int rows)
{
    osc_sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    const uint32_t *x = stretch->bytes;
    __asm__ volatile(
        OSC_COREV_LOOP("4 + 7 * %[rows]",
            "cv.lw t4, (%[w]), 4\n\t"
            "cv.lw t0, (%[x]), 4\n\t"
            "cv.lw t1, (%[x]), 4\n\t"
            "cv.lw t2, (%[x]), 4\n\t"
            "cv.lw t3, (%[x]), 4\n\t"
            OSC_ROWS_FROM(2, "cv.lw t5, (%[w]), 4")
            ROW("t4", "%[h0]", "%[l0]")
            OSC_ROWS_FROM(3, "cv.lw t4, (%[w]), 4")
            OSC_ROWS_FROM(2, ROW("t5", "%[h1]", "%[l1]"))
            OSC_ROWS_FROM(4, "cv.lw t5, (%[w]), 4")
            OSC_ROWS_FROM(3, ROW("t4", "%[h2]", "%[l2]"))
            OSC_ROWS_FROM(4, ROW("t5", "%[h3]", "%[l3]")))
        : [h0] "+r"(sums.high[0]), [h1] "+r"(sums.high[1]), [h2] "+r"(sums.high[2]), [h3] "+r"(sums.high[3]),
          [l0] "+r"(sums.low[0]), [l1] "+r"(sums.low[1]), [l2] "+r"(sums.low[2]), [l3] "+r"(sums.low[3]),
          [w] "+r"(weights), [x] "+r"(x)
        : [count] "r"(stretch->words), [rows] "i"(rows), [mask] "r"(0xf0f0f0f0u)
        : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory");
    return sums;
}

#else

OSC_INLINE void add_row(osc_sums_t *sums, uint32_t weights, const uint32_t *x, const int row)
{
    const uint32_t lower = (weights & 0x0f0f0f0fu) << 4, upper = weights & 0xf0f0f0f0u;
    sums->high[row] = osc_dot_s8(upper, x[2], osc_dot_s8(lower, x[0], sums->high[row]));
    sums->low[row] = osc_dot_u8s8(x[3], upper, osc_dot_u8s8(x[1], lower, sums->low[row]));
}

OSC_INLINE osc_sums_t add_words(const uint32_t *weights, const osc_stretch_t *stretch, const int rows)
{
    osc_sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    const uint32_t *x = stretch->bytes;
    for (unsigned n = stretch->words; n > 0; n--, weights += rows, x += 4) {
        add_row(&sums, weights[0], x, 0);
        if (rows > 1) {
            add_row(&sums, weights[1], x, 1);
        }
        if (rows > 2) {
            add_row(&sums, weights[2], x, 2);
        }
        if (rows > 3) {
            add_row(&sums, weights[3], x, 3);
        }
    }
    return sums;
}

#endif

/* Returns where the next group of rows is. */
OSC_INLINE const uint32_t *add_rows(const uint32_t *weights, const osc_stretch_t *stretch, const int rows, int32_t *y)
{
    osc_sums_t sums = add_words(weights + (unsigned)rows * stretch->before, stretch, rows);
    for (int r = 0; r < rows; r++) {
        sums.high[r] = 16 * sums.high[r] + (uint32_t)((int32_t)sums.low[r] >> 4);
    }
    osc_put_sums(sums.high, stretch, rows, y);
    return weights + (unsigned)rows * stretch->all;
}

void osc_matvec_byte_planes_w4a16(const osc_matrix_s4_t *matrix, const uint32_t *split, int begin, int end, int32_t *y)
{
    const osc_stretch_t stretch = osc_stretch(split, begin, end, matrix->columns, 8);
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    OSC_GROUPS(add_rows, weights, &stretch, matrix->rows, y);
}
