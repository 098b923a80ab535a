#include "osc_depthwise.h"

typedef struct {
    osc_part_t part;
    int kernel_height, kernel_width;
    int point_step, row_step;
    const int8_t *outside; /* a point that is not in the map */
} walk_t;

/* One point. The four channels are widened by twos, the even ones first, which is the order of the weights. */
static inline void add_point(osc_four_t *sums, const int8_t *x, const uint32_t **weights)
{
    const uint32_t four = osc_load_word(x);
    const uint32_t even = OSC_SXTB16(four), odd = OSC_SXTB16_ROR8(four);
    const osc_two_words_t words = osc_next_two(weights);
    sums->s0 = OSC_SMLABB(words.first, even, sums->s0);
    sums->s2 = OSC_SMLATT(words.first, even, sums->s2);
    sums->s1 = OSC_SMLABB(words.second, odd, sums->s1);
    sums->s3 = OSC_SMLATT(words.second, odd, sums->s3);
}

/* Rows of three points that are all in the map or all outside, which most windows have. */
static const uint32_t *three_wide(const walk_t *walk, const uint32_t *weights, const int8_t *x, int32_t y[4])
{
    const int top = walk->part.top, rows = walk->part.bottom - top;
    osc_four_t sums = {0, 0, 0, 0};
    for (int i = -top; i < walk->kernel_height - top; i++) {
        const int inside = i >= 0 && i < rows;
        const int step = inside ? walk->point_step : 0;
        const int8_t *const point = inside ? x : walk->outside;
        add_point(&sums, point, &weights);
        add_point(&sums, point + step, &weights);
        add_point(&sums, point + 2 * step, &weights);
        x += inside ? walk->row_step : 0;
    }
    osc_store_four(sums, y);
    return weights;
}

static const uint32_t *any_width(const walk_t *walk, const uint32_t *weights, const int8_t *x, int32_t y[4])
{
    const osc_part_t *const part = &walk->part;
    osc_four_t sums = {0, 0, 0, 0};
    for (int i = 0; i < walk->kernel_height; i++) {
        const int inside = i >= part->top && i < part->bottom;
        const int8_t *point = x;
        for (int j = 0; j < walk->kernel_width; j++) {
            if (inside && j >= part->left && j < part->right) {
                add_point(&sums, point, &weights);
                point += walk->point_step;
            } else {
                add_point(&sums, walk->outside, &weights);
            }
        }
        x += inside ? walk->row_step : 0;
    }
    osc_store_four(sums, y);
    return weights;
}

static int32_t one_channel(const walk_t *walk, const int16_t *weight, const int8_t *x)
{
    const osc_part_t *const part = &walk->part;
    int32_t sum = 0;
    for (int i = 0; i < walk->kernel_height; i++) {
        for (int j = 0; j < walk->kernel_width; j++) {
            const int inside = i >= part->top && i < part->bottom && j >= part->left && j < part->right;
            const int at = (i - part->top) * walk->row_step + (j - part->left) * walk->point_step;
            sum += *weight++ * (inside ? x[at] : *walk->outside);
        }
    }
    return sum;
}

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w8a8(const osc_matrix_s8_t *matrix, const osc_window_t *w, const int8_t *x, int position,
                        int32_t zero_point, int32_t *y)
{
    const int8_t z = (int8_t)zero_point;
    const int8_t outside[4] = {z, z, z, z};
    const int channels = w->channels, points = w->kernel_height * w->kernel_width;
    const osc_part_t part = osc_window_part(w, position);
    const walk_t walk = {part, w->kernel_height, w->kernel_width, channels, w->width * channels, outside};
    const int whole_rows = w->kernel_width == 3 && part.left == 0 && part.right == 3;
    const int8_t *const first = x + (part.origin + (part.top * w->width + part.left) * channels);
    const uint32_t *weights = (const uint32_t *)(const void *)matrix->weight;
    int c = 0;
    for (; c + 4 <= channels; c += 4) {
        weights = (whole_rows ? three_wide : any_width)(&walk, weights, first + c, y + c);
    }
    const int16_t *weight = (const int16_t *)(const void *)weights;
    for (; c < channels; c++, weight += points) {
        y[c] = one_channel(&walk, weight, first + c);
    }
}
