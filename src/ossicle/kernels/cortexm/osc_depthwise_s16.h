/* The depthwise product of int16, whatever the weights were: on Cortex-M they are halfwords. */
#ifndef OSC_DEPTHWISE_S16_H
#define OSC_DEPTHWISE_S16_H

#include "osc_depthwise.h"

/* One point; returns the next one, `step` values on. */
static inline const int16_t *osc_point_s16(osc_four_t *sums, const int16_t *x, int step, const uint32_t **weights)
{
    const uint32_t lower = osc_load_word(x), upper = osc_load_word(x + 2);
    const osc_two_words_t words = osc_next_two(weights);
    sums->s0 = OSC_SMLABB(words.first, lower, sums->s0);
    sums->s1 = OSC_SMLATT(words.first, lower, sums->s1);
    sums->s2 = OSC_SMLABB(words.second, upper, sums->s2);
    sums->s3 = OSC_SMLATT(words.second, upper, sums->s3);
    return x + step;
}

typedef struct {
    const void *weight;
    const int32_t *bias, *multiplier;
    const uint8_t *shift;
} osc_depthwise_s16_t;

static inline void osc_depthwise_s16(const osc_depthwise_s16_t *layer, const osc_window_t *w, const int16_t *x,
                                     int position, int32_t limit, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, points = w->kernel_height * w->kernel_width;
    const int rows = part.bottom - part.top, columns = part.right - part.left;
    const int skipped = w->kernel_width - columns;
    const int row_step = (w->width - columns) * channels;
    const int16_t *first = x + (part.origin + (part.top * w->width + part.left) * channels);
    const uint32_t *block = (const uint32_t *)layer->weight + 2 * (part.top * w->kernel_width + part.left);
    int c = 0;
    for (; c + 4 <= channels; c += 4, first += 4, block += 2 * points) {
        const uint32_t *weights = block;
        const int16_t *point = first;
        const int32_t *const bias = layer->bias + c;
        osc_four_t sums = {bias[0], bias[1], bias[2], bias[3]};
        if (columns == 3 && !skipped) {
            for (int i = rows; i > 0; i--, point += row_step) {
                point = osc_point_s16(&sums, point, channels, &weights);
                point = osc_point_s16(&sums, point, channels, &weights);
                point = osc_point_s16(&sums, point, channels, &weights);
            }
        } else {
            for (int i = rows; i > 0; i--, point += row_step, weights += 2 * skipped) {
                for (int j = columns; j > 0; j--) {
                    point = osc_point_s16(&sums, point, channels, &weights);
                }
            }
        }
        osc_four_rescale(&sums, layer->multiplier + c, layer->shift + c, limit, y + c);
    }
    const int16_t *weight = osc_last_weights(layer->weight, channels, points);
    for (; c < channels; c++, weight += points) {
        int32_t sum = layer->bias[c];
        for (int i = part.top; i < part.bottom; i++) {
            for (int j = part.left; j < part.right; j++) {
                sum += weight[i * w->kernel_width + j] * x[part.origin + (i * w->width + j) * channels + c];
            }
        }
        y[c] = osc_rescale_fast(sum, layer->multiplier[c], layer->shift[c], limit);
    }
}

#endif
