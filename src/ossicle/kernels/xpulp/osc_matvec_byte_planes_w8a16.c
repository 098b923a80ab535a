/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_stretch.h"

#ifdef OSC_COREV

/* 14 cycles for 4 rows and 4 columns. */
OSC_INLINE osc_sums_t add_words(const uint32_t *weights, const osc_stretch_t *stretch, const int rows)
{
    osc_sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    const uint32_t *x = stretch->bytes;
    __asm__ volatile(
        OSC_COREV_LOOP("2 + 3 * %[rows]",
            "cv.lw t2, (%[w]), 4\n\t"
            OSC_ROWS_FROM(2, "cv.lw t3, (%[w]), 4")
            OSC_ROWS_FROM(3, "cv.lw t4, (%[w]), 4")
            OSC_ROWS_FROM(4, "cv.lw t5, (%[w]), 4")
            "cv.lw t0, (%[x]), 4\n\t"
            "cv.lw t1, (%[x]), 4\n\t"
            "cv.sdotsp.b %[h0], t2, t0\n\t"
            "cv.sdotusp.b %[l0], t1, t2\n\t"
            OSC_ROWS_FROM(2, "cv.sdotsp.b %[h1], t3, t0\n\tcv.sdotusp.b %[l1], t1, t3")
            OSC_ROWS_FROM(3, "cv.sdotsp.b %[h2], t4, t0\n\tcv.sdotusp.b %[l2], t1, t4")
            OSC_ROWS_FROM(4, "cv.sdotsp.b %[h3], t5, t0\n\tcv.sdotusp.b %[l3], t1, t5"))
        : [h0] "+r"(sums.high[0]), [h1] "+r"(sums.high[1]), [h2] "+r"(sums.high[2]), [h3] "+r"(sums.high[3]),
          [l0] "+r"(sums.low[0]), [l1] "+r"(sums.low[1]), [l2] "+r"(sums.low[2]), [l3] "+r"(sums.low[3]),
          [w] "+r"(weights), [x] "+r"(x)
        : [count] "r"(stretch->words), [rows] "i"(rows)
        : "t0", "t1", "t2", "t3", "t4", "t5", "memory");
    return sums;
}

#else

OSC_INLINE void add_row(osc_sums_t *sums, uint32_t weights, const uint32_t *x, const int row)
{
    sums->high[row] = osc_dot_s8(weights, x[0], sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x[1], weights, sums->low[row]);
}

OSC_INLINE osc_sums_t add_words(const uint32_t *weights, const osc_stretch_t *stretch, const int rows)
{
    osc_sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    const uint32_t *x = stretch->bytes;
    for (unsigned n = stretch->words; n > 0; n--, weights += rows, x += 2) {
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
        sums.high[r] = 256 * sums.high[r] + sums.low[r];
    }
    osc_put_sums(sums.high, stretch, rows, y);
    return weights + (unsigned)rows * stretch->all;
}

void osc_matvec_byte_planes_w8a16(const osc_matrix_s8_t *matrix, const uint32_t *split, int begin, int end, int32_t *y)
{
    const osc_stretch_t stretch = osc_stretch(split, begin, end, matrix->columns, 4);
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    OSC_GROUPS(add_rows, weights, &stretch, matrix->rows, y);
}
