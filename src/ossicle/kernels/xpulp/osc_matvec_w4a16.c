#include "osc_xpulp.h"

/* Sixteen times w high and w low, with the bytes of x, since a shift by four at the end is cheaper than one for
 * each word. Neither passes 2**31 in up to 65,000 columns. */
typedef struct {
    uint32_t high[4], low[4];
} sums_t;

/* Eight columns of an operand: those of the lower halves of a word's bytes, and of the upper ones. */
typedef struct {
    osc_split_t lower, upper;
} eight_t;

OSC_INLINE void add_row(sums_t *sums, uint32_t weights, const eight_t *x, const int row)
{
    const uint32_t lower = (weights & 0x0f0f0f0fu) << 4, upper = weights & 0xf0f0f0f0u;
    sums->high[row] = osc_dot_s8(lower, x->lower.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x->lower.low, lower, sums->low[row]);
    sums->high[row] = osc_dot_s8(upper, x->upper.high, sums->high[row]);
    sums->low[row] = osc_dot_u8s8(x->upper.low, upper, sums->low[row]);
}

OSC_INLINE void add_word(sums_t *sums, const uint32_t *weights, const eight_t *x, const int rows)
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

/* A row, whose weights are in w, with the bytes of eight columns: t0 and t4 upper and lower ones of the first four,
 * t2 and t5 of the others. */
#define ROW(w, high, low)             \
    "cv.sll.sci.b t6, " w ", 4\n\t"   \
    "and " w ", " w ", %[mask]\n\t"   \
    "cv.sdotsp.b " high ", t6, t0\n\t" \
    "cv.sdotusp.b " low ", t4, t6\n\t" \
    "cv.sdotsp.b " high ", " w ", t2\n\t" \
    "cv.sdotusp.b " low ", t5, " w "\n\t"

/* 38 cycles for 4 rows. Weights are loaded well before they are needed. */
OSC_INLINE const uint32_t *add_words(sums_t *sums, const uint32_t *weights, const int16_t *x, int words,
                                     const int rows)
{
    if (words > 0) {
        __asm__ volatile(
            OSC_COREV_LOOP("10 + 7 * %[rows]",
                "cv.lw t0, (%[x]), 4\n\t"
                "cv.lw t1, (%[x]), 4\n\t"
                "cv.lw t2, (%[x]), 4\n\t"
                "cv.lw t3, (%[x]), 4\n\t"
                "mv t4, t0\n\t"
                "cv.shuffle2.b t0, t1, %[upper]\n\t"
                "cv.shuffle2.b t4, t1, %[lower]\n\t"
                "cv.lw t1, (%[w]), 4\n\t"
                "mv t5, t2\n\t"
                "cv.shuffle2.b t2, t3, %[upper]\n\t"
                "cv.shuffle2.b t5, t3, %[lower]\n\t"
                OSC_ROWS_FROM(2, "cv.lw t3, (%[w]), 4")
                ROW("t1", "%[h0]", "%[l0]")
                OSC_ROWS_FROM(3, "cv.lw t1, (%[w]), 4")
                OSC_ROWS_FROM(2, ROW("t3", "%[h1]", "%[l1]"))
                OSC_ROWS_FROM(4, "cv.lw t3, (%[w]), 4")
                OSC_ROWS_FROM(3, ROW("t1", "%[h2]", "%[l2]"))
                OSC_ROWS_FROM(4, ROW("t3", "%[h3]", "%[l3]")))
            : [h0] "+r"(sums->high[0]), [h1] "+r"(sums->high[1]), [h2] "+r"(sums->high[2]),
              [h3] "+r"(sums->high[3]), [l0] "+r"(sums->low[0]), [l1] "+r"(sums->low[1]),
              [l2] "+r"(sums->low[2]), [l3] "+r"(sums->low[3]), [w] "+r"(weights), [x] "+r"(x)
            : [count] "r"(words), [rows] "i"(rows), [upper] "r"(OSC_HIGH_BYTES), [lower] "r"(OSC_LOW_BYTES),
              [mask] "r"(0xf0f0f0f0u)
            : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory");
    }
    return weights;
}

#else

OSC_INLINE const uint32_t *add_words(sums_t *sums, const uint32_t *weights, const int16_t *x, int words,
                                     const int rows)
{
    for (int n = words; n > 0; n--, weights += rows, x += 8) {
        const eight_t eight = {
            osc_split(osc_word(x), osc_word(x + 2)),
            osc_split(osc_word(x + 4), osc_word(x + 6)),
        };
        add_word(sums, weights, &eight, rows);
    }
    return weights;
}

#endif

/* An operand: whole words of weights, and in `last` what is left of columns that do not fill one. */
typedef struct {
    const int16_t *x;
    int words, left;
    eight_t last;
} operand_t;

/* Sums of a group of rows; returns where the next group is. */
OSC_INLINE const uint32_t *add_rows(const uint32_t *weights, const operand_t *operand, const int rows, int32_t *y)
{
    sums_t sums = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    weights = add_words(&sums, weights, operand->x, operand->words, rows);
    if (operand->left > 0) {
        add_word(&sums, weights, &operand->last, rows);
        weights += rows;
    }
    for (int r = 0; r < rows; r++) {
        y[r] = (int32_t)(16 * sums.high[r] + (uint32_t)((int32_t)sums.low[r] >> 4));
    }
    return weights;
}

void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y)
{
    const int words = matrix->columns / 8, left = matrix->columns % 8;
    const int16_t *const end = x + 8 * words;
    const eight_t last = {
        osc_split(osc_last_halves(end, left, 0), osc_last_halves(end, left, 1)),
        osc_split(osc_last_halves(end, left, 2), osc_last_halves(end, left, 3)),
    };
    const operand_t operand = {x, words, left, last};
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    OSC_GROUPS(add_rows, weights, &operand, matrix->rows, y);
}
