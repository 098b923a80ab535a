/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "osc_depthwise.h"

/* How to walk over a filter by blocks of four channels: its rows and columns in the map and around it, of which
 * those in the map are never none; steps in values; and two zero points. */
typedef struct {
    int rows_above, rows, rows_below;
    int left, columns, right;
    int point_step, row_step, block_step;
    uint32_t outside;
} walk_t;

/* One point. The four channels are widened by twos, the even ones first, which is the order of the weights. */
static inline void add_point(osc_four_t *sums, uint32_t even, uint32_t odd, const uint32_t **weights)
{
    const osc_two_words_t words = osc_next_two(weights);
    sums->s0 = OSC_SMLABB(words.first, even, sums->s0);
    sums->s2 = OSC_SMLATT(words.first, even, sums->s2);
    sums->s1 = OSC_SMLABB(words.second, odd, sums->s1);
    sums->s3 = OSC_SMLATT(words.second, odd, sums->s3);
}

static inline const int8_t *add_inside(osc_four_t *sums, const int8_t *x, int step, const uint32_t **weights)
{
    const uint32_t four = osc_load_word(x);
    add_point(sums, OSC_SXTB16(four), OSC_SXTB16_ROR8(four), weights);
    x += step;
    OSC_OPAQUE(x);
    return x;
}

static inline void add_outside(osc_four_t *sums, uint32_t outside, int count, const uint32_t **weights)
{
    for (; count > 0; count--) {
        add_point(sums, outside, outside, weights);
    }
}

#ifdef __ARM_FEATURE_DSP

/* What three_wide has no registers for. */
typedef struct {
    int taps_above, rows, taps_below;
    int row_step, block_step;
    uint32_t outside;
    int32_t *y;
    const int32_t *end;
} blocks_t;

#define FIELD(NAME) "[%[k], #%c[" #NAME "]]\n\t"
#define OFFSET(NAME) [NAME] "i"(offsetof(blocks_t, NAME))

/* A tap of four channels, whose codes are in f and, the even ones widened, in e; the first word of its weights is in w.
 * FIRST, SECOND and THIRD stand where an M7 has a slot left: for the next tap, as soon as a register is free. */
#define TAP(FIRST, SECOND, THIRD)                                                                                      \
    "sxtb16 %[o], %[f], ror #8\n\t"                                                                                    \
    "ldr %[v], [%[p], #-4]\n\t"                                                                                        \
    "smlabb %[a], %[w], %[e], %[a]\n\t" FIRST "smlatt %[c], %[w], %[e], %[c]\n\t" SECOND                               \
    "smlabb %[b], %[v], %[o], %[b]\n\t" THIRD "smlatt %[d], %[v], %[o], %[d]\n\t"

#define LOAD_WEIGHTS "ldr %[w], [%[p]], #8\n\t"
#define WIDEN_EVEN "sxtb16 %[e], %[f]\n\t"

/* So many taps as are in f, all outside of the map; the labels are local ones. */
#define TAPS_OUTSIDE(LOOP, END)                                                                                        \
    "cmp %[f], #0\n\t"                                                                                                 \
    "beq " END "f\n\t"                                                                                                 \
    "ldr %[e], " FIELD(outside) LOOP ":\n\t"                                                                           \
    "ldrd %[w], %[v], [%[p]], #8\n\t"                                                                                  \
    "subs %[f], %[f], #1\n\t"                                                                                          \
    "smlabb %[a], %[w], %[e], %[a]\n\t"                                                                                \
    "smlatt %[c], %[w], %[e], %[c]\n\t"                                                                                \
    "smlabb %[b], %[v], %[e], %[b]\n\t"                                                                                \
    "smlatt %[d], %[v], %[e], %[d]\n\t"                                                                                \
    "bne " LOOP "b\n" END ":\n\t"

/* Rows of three points that are all in the map or all outside, which most output positions have. */
OSC_LAYER static void three_wide(const walk_t *walk, const uint32_t *weights, const int8_t *x, int32_t *y,
                                 const int32_t *end)
{
    blocks_t blocks = {
        3 * walk->rows_above, walk->rows, 3 * walk->rows_below,
        walk->row_step + 3 * walk->point_step, walk->block_step, walk->outside, y, end,
    };
    int32_t a, b, c, d, i;
    uint32_t w, v, e, o, f;
    if (y == end) {
        return;
    }
    __asm__ volatile("1:\n\t"
                     "ldr %[f], " FIELD(taps_above)
                     "mov %[a], #0\n\t"
                     "ldr %[i], " FIELD(rows)
                     "mov %[b], #0\n\t"
                     "mov %[c], #0\n\t"
                     "mov %[d], #0\n\t"
                     TAPS_OUTSIDE("2", "3")
                     "4:\n\t"
                     "ldr %[f], [%[x]]\n\t"
                     "subs %[i], %[i], #1\n\t"
                     WIDEN_EVEN LOAD_WEIGHTS
                     TAP("ldr %[f], [%[x], %[step]]\n\t", LOAD_WEIGHTS, WIDEN_EVEN)
                     TAP("ldr %[f], [%[x], %[step], lsl #1]\n\t", LOAD_WEIGHTS, WIDEN_EVEN)
                     TAP("ldr %[f], " FIELD(row_step), "", "add %[x], %[x], %[f]\n\t")
                     "bne 4b\n\t"
                     "ldr %[i], " FIELD(block_step)
                     "ldr %[f], " FIELD(taps_below)
                     "add %[x], %[x], %[i]\n\t"
                     TAPS_OUTSIDE("5", "6")
                     "ldr %[e], " FIELD(y)
                     "ldr %[o], " FIELD(end)
                     "strd %[a], %[b], [%[e]], #8\n\t"
                     "strd %[c], %[d], [%[e]], #8\n\t"
                     "cmp %[e], %[o]\n\t"
                     "str %[e], " FIELD(y)
                     "bne 1b"
                     : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f), [i] "=&r"(i),
                       [o] "=&r"(o), [p] "+r"(weights), [v] "=&r"(v), [w] "=&r"(w), [x] "+r"(x)
                     : [step] "r"(walk->point_step), [k] "r"(&blocks), OFFSET(taps_above), OFFSET(rows),
                       OFFSET(taps_below), OFFSET(row_step), OFFSET(block_step), OFFSET(outside), OFFSET(y), OFFSET(end)
                     : "cc", "memory");
}

#else

OSC_LAYER static void three_wide(const walk_t *walk, const uint32_t *weights, const int8_t *x, int32_t *y,
                                 const int32_t *end)
{
    const int step = walk->point_step;
    int last_step = step + walk->row_step;
    OSC_OPAQUE(last_step);
    for (; y != end; y += 4, x += walk->block_step) {
        osc_four_t sums = {0, 0, 0, 0};
        add_outside(&sums, walk->outside, 3 * walk->rows_above, &weights);
        int i = walk->rows;
        do {
            x = add_inside(&sums, x, step, &weights);
            x = add_inside(&sums, x, step, &weights);
            x = add_inside(&sums, x, last_step, &weights);
        } while (--i != 0);
        add_outside(&sums, walk->outside, 3 * walk->rows_below, &weights);
        osc_store_four(sums, y);
    }
}

#endif

OSC_LAYER static void any_width(const walk_t *walk, const uint32_t *weights, const int8_t *x, int32_t *y,
                                const int32_t *end)
{
    const int width = walk->left + walk->columns + walk->right;
    for (; y != end; y += 4, x += walk->block_step) {
        osc_four_t sums = {0, 0, 0, 0};
        add_outside(&sums, walk->outside, width * walk->rows_above, &weights);
        for (int i = walk->rows; i > 0; i--, x += walk->row_step) {
            add_outside(&sums, walk->outside, walk->left, &weights);
            for (int j = walk->columns; j > 0; j--) {
                x = add_inside(&sums, x, walk->point_step, &weights);
            }
            add_outside(&sums, walk->outside, walk->right, &weights);
        }
        add_outside(&sums, walk->outside, width * walk->rows_below, &weights);
        osc_store_four(sums, y);
    }
}

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a8(const osc_matrix_s8_t *matrix, const osc_geometry_t *w, const int8_t *x, int position,
                        int32_t zero_point, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, taps = w->kernel_height * w->kernel_width, whole = channels / 4 * 4;
    const int rows = part.bottom - part.top, columns = part.right - part.left;
    const int row_step = w->row_step, tap_step = w->tap_step;
    const walk_t walk = {
        part.top, rows, w->kernel_height - part.bottom,
        part.left, columns, w->kernel_width - part.right,
        tap_step, row_step - columns * tap_step, 4 - rows * row_step,
        (uint32_t)(uint16_t)zero_point * 0x10001u,
    };
    const uint32_t *const weights = (const uint32_t *)(const void *)matrix->weight;
    const int8_t *const first = x + (part.origin + part.top * row_step + part.left * tap_step);
    (columns == 3 && w->kernel_width == 3 ? three_wide : any_width)(&walk, weights, first, y, y + whole);
    const int16_t *weight = (const int16_t *)(const void *)matrix->weight + whole * taps;
    for (int c = whole; c < channels; c++) {
        y[c] = 0;
        for (int i = 0; i < w->kernel_height; i++) {
            for (int j = 0; j < w->kernel_width; j++) {
                const int inside = i >= part.top && i < part.bottom && j >= part.left && j < part.right;
                const int at = part.origin + i * row_step + j * tap_step + c;
                y[c] += *weight++ * (inside ? x[at] : zero_point);
            }
        }
    }
}
