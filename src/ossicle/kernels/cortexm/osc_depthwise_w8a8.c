#include "osc_depthwise.h"

/* `count` points that lie `step` values apart. The four channels are widened by twos, the even ones first, which
 * is the order of the weights. */
static inline const int8_t *add_points(osc_four_t *sums, const int8_t *x, int step, int count,
                                       const uint32_t **weights)
{
    for (; count > 0; count--, x += step) {
        const uint32_t four = osc_load_word(x);
        const uint32_t even = OSC_SXTB16(four), odd = OSC_SXTB16_ROR8(four);
        const osc_two_words_t words = osc_next_two(weights);
        sums->s0 = OSC_SMLABB(words.first, even, sums->s0);
        sums->s2 = OSC_SMLATT(words.first, even, sums->s2);
        sums->s1 = OSC_SMLABB(words.second, odd, sums->s1);
        sums->s3 = OSC_SMLATT(words.second, odd, sums->s3);
    }
    return x;
}

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a8(const osc_matrix_s8_t *matrix, const osc_window_t *w, const int8_t *x, int position,
                        int32_t zero_point, int32_t limit, int32_t *y)
{
    const osc_part_t part = osc_window_part(w, position);
    const int channels = w->channels, points = w->kernel_height * w->kernel_width;
    const int columns = part.right - part.left, width = w->kernel_width;
    const int row_step = (w->width - columns) * channels;
    const int8_t z = (int8_t)zero_point;
    const int8_t outside[4] = {z, z, z, z};
    const int8_t *first = x + (part.origin + (part.top * w->width + part.left) * channels);
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int c = 0;
    for (; c + 4 <= channels; c += 4, first += 4) {
        const int8_t *point = first;
        const int32_t *const bias = matrix->bias + c;
        osc_four_t sums = {bias[0], bias[1], bias[2], bias[3]};
        add_points(&sums, outside, 0, part.top * width, &weights);
        for (int i = part.bottom - part.top; i > 0; i--, point += row_step) {
            add_points(&sums, outside, 0, part.left, &weights);
            point = add_points(&sums, point, channels, columns, &weights);
            add_points(&sums, outside, 0, width - part.right, &weights);
        }
        add_points(&sums, outside, 0, (w->kernel_height - part.bottom) * width, &weights);
        osc_four_rescale(&sums, matrix->multiplier + c, matrix->shift + c, limit, y + c);
    }
    const int16_t *weight = osc_last_weights(matrix->weight, channels, points);
    for (; c < channels; c++) {
        int32_t sum = matrix->bias[c];
        for (int i = 0; i < w->kernel_height; i++) {
            for (int j = 0; j < width; j++) {
                const int inside = i >= part.top && i < part.bottom && j >= part.left && j < part.right;
                sum += *weight++ * (inside ? x[part.origin + (i * w->width + j) * channels + c] : zero_point);
            }
        }
        y[c] = osc_rescale_fast(sum, matrix->multiplier[c], matrix->shift[c], limit);
    }
}
