/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of a depthwise product of int16; on Cortex-M weights are halfwords, whatever their bits. */
#ifndef OSC_DEPTHWISE_S16_H
#define OSC_DEPTHWISE_S16_H

#include "osc_depthwise.h"

/* How to walk over the part of a window that lies in the map, by blocks of four channels: steps of the operand
 * in values, of the weights in words. The part is never empty. */
typedef struct {
    int rows, columns;
    int point_step, row_step, block_step;
    int weight_row_step, weight_block_step;
} osc_walk_t;

/* One point of four channels; returns where the next one is. */
static inline const int16_t *osc_point_s16(osc_four_t *sums, const int16_t *x, int step, const uint32_t **weights)
{
    const uint32_t lower = osc_load_word(x), upper = osc_load_word(x + 2);
    const osc_two_words_t words = osc_next_two(weights);
    sums->s0 = OSC_SMLABB(words.first, lower, sums->s0);
    sums->s1 = OSC_SMLATT(words.first, lower, sums->s1);
    sums->s2 = OSC_SMLABB(words.second, upper, sums->s2);
    sums->s3 = OSC_SMLATT(words.second, upper, sums->s3);
    x += step;
    OSC_OPAQUE(x);
    return x;
}

/* Whole rows of three points, which most windows have. */
OSC_LAYER static void osc_three_wide(const osc_walk_t *walk, const uint32_t *weights, const int16_t *x, int32_t *y,
                                     const int32_t *end)
{
    const int step = walk->point_step;
    int last_step = step + walk->row_step;
    OSC_OPAQUE(last_step);
    for (; y != end; y += 4, x += walk->block_step, weights += walk->weight_block_step) {
        osc_four_t sums = {0, 0, 0, 0};
        int i = walk->rows;
        do {
            x = osc_point_s16(&sums, x, step, &weights);
            x = osc_point_s16(&sums, x, step, &weights);
            x = osc_point_s16(&sums, x, last_step, &weights);
        } while (--i != 0);
        osc_store_four(sums, y);
    }
}

OSC_LAYER static void osc_any_width(const osc_walk_t *walk, const uint32_t *weights, const int16_t *x, int32_t *y,
                                    const int32_t *end)
{
    for (; y != end; y += 4, x += walk->block_step, weights += walk->weight_block_step) {
        osc_four_t sums = {0, 0, 0, 0};
        int i = walk->rows;
        do {
            int j = walk->columns;
            do {
                x = osc_point_s16(&sums, x, walk->point_step, &weights);
            } while (--j != 0);
            x += walk->row_step;
            weights += walk->weight_row_step;
        } while (--i != 0);
        osc_store_four(sums, y);
    }
}

static inline void osc_depthwise_s16(const void *table, const osc_geometry_t *w, const int16_t *x, int position,
                                     int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, points = w->kernel_height * w->kernel_width;
    const int columns = part.right - part.left, whole = channels / 4 * 4;
    const int rows = part.bottom - part.top, width = w->kernel_width;
    const int row_step = w->row_step, tap_step = w->tap_step;
    const osc_walk_t walk = {
        rows, columns, tap_step, row_step - columns * tap_step, 4 - rows * row_step,
        2 * (width - columns), 2 * (points - rows * width),
    };
    const uint32_t *const weights = (const uint32_t *)table + 2 * (part.top * width + part.left);
    const int16_t *const first = x + (part.origin + part.top * row_step + part.left * tap_step);
    (columns == 3 && width == 3 ? osc_three_wide : osc_any_width)(&walk, weights, first, y, y + whole);
    const int16_t *weight = (const int16_t *)table + whole * points;
    for (int c = whole; c < channels; c++, weight += points) {
        y[c] = 0;
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                y[c] += weight[i * w->kernel_width + j] * x[part.origin + i * row_step + j * tap_step + c];
            }
        }
    }
}

#endif
