#include "osc_xpulp.h"

/* w x = 256 w high + w low, with the bytes of x. */
typedef struct {
    uint32_t high[4], low[4];
} sums_t;

OSC_INLINE void add_row(sums_t *sums, uint32_t weights, osc_split_t x, const int row)
{
    sums->high[row] = osc_dot_s8(weights, x.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x.low, weights, sums->low[row]);
}

OSC_INLINE void add_word(sums_t *sums, const uint32_t *weights, osc_split_t x, const int rows)
{
    add_row(sums, weights[0], x, 0);
    if (rows > 1) {
        add_row(sums, weights[1], x, 1);
    }
    if (rows > 2) {
        add_row(sums, weights[2], x, 2);
    }
    if (rows > 3) {
        add_row(sums, weights[3], x, 3);
    }
}

#ifdef OSC_COREV

/* 17 cycles for 4 rows: t0 and t2 become the upper and the lower bytes of t0 and t1. */
OSC_INLINE const uint32_t *add_words(sums_t *sums, const uint32_t *weights, const int16_t *x, int words,
                                     const int rows)
{
    if (words > 0) {
        __asm__ volatile(
            OSC_COREV_LOOP("5 + 3 * %[rows]",
                "cv.lw t0, (%[x]), 4\n\t"
                "cv.lw t1, (%[x]), 4\n\t"
                "cv.lw t3, (%[w]), 4\n\t"
                OSC_ROWS_FROM(2, "cv.lw t4, (%[w]), 4")
                OSC_ROWS_FROM(3, "cv.lw t5, (%[w]), 4")
                OSC_ROWS_FROM(4, "cv.lw t6, (%[w]), 4")
                "mv t2, t0\n\t"
                "cv.shuffle2.b t0, t1, %[upper]\n\t"
                "cv.shuffle2.b t2, t1, %[lower]\n\t"
                "cv.sdotsp.b %[h0], t3, t0\n\t"
                "cv.sdotusp.b %[l0], t2, t3\n\t"
                OSC_ROWS_FROM(2, "cv.sdotsp.b %[h1], t4, t0\n\tcv.sdotusp.b %[l1], t2, t4")
                OSC_ROWS_FROM(3, "cv.sdotsp.b %[h2], t5, t0\n\tcv.sdotusp.b %[l2], t2, t5")
                OSC_ROWS_FROM(4, "cv.sdotsp.b %[h3], t6, t0\n\tcv.sdotusp.b %[l3], t2, t6"))
            : [h0] "+r"(sums->high[0]), [h1] "+r"(sums->high[1]), [h2] "+r"(sums->high[2]),
              [h3] "+r"(sums->high[3]), [l0] "+r"(sums->low[0]), [l1] "+r"(sums->low[1]),
              [l2] "+r"(sums->low[2]), [l3] "+r"(sums->low[3]), [w] "+r"(weights), [x] "+r"(x)
            : [count] "r"(words), [rows] "i"(rows), [upper] "r"(OSC_HIGH_BYTES), [lower] "r"(OSC_LOW_BYTES)
            : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory");
    }
    return weights;
}

#else

OSC_INLINE const uint32_t *add_words(sums_t *sums, const uint32_t *weights, const int16_t *x, int words,
                                     const int rows)
{
    for (int n = words; n > 0; n--, weights += rows, x += 4) {
        add_word(sums, weights, osc_split(osc_word(x), osc_word(x + 2)), rows);
    }
    return weights;
}

#endif

/* An operand: whole words of weights, and in `last` what is left of columns that do not fill one. */
typedef struct {
    const int16_t *x;
    int words, left;
    osc_split_t last;
} operand_t;

/* Sums of a group of rows; returns where the next group is. */
OSC_INLINE const uint32_t *add_rows(const uint32_t *weights, const operand_t *operand, const int rows, int32_t *y)
{
    sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    weights = add_words(&sums, weights, operand->x, operand->words, rows);
    if (operand->left > 0) {
        add_word(&sums, weights, operand->last, rows);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)(256 * sums.high[r] + sums.low[r]);
    }
    return weights;
}

void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    const int words = matrix->columns / 4, left = matrix->columns % 4;
    const int16_t *const end = x + 4 * words;
    const osc_split_t last = osc_split(osc_last_halves(end, left, 0), osc_last_halves(end, left, 1));
    const operand_t operand = {x, words, left, last};
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    OSC_GROUPS(add_rows, weights, &operand, matrix->rows, y);
}
