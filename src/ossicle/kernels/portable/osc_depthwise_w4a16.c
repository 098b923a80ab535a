#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t limit, int32_t *y)
{
    const int channels = matrix->rows, points = matrix->columns;
    const uint8_t *row = matrix->weight;
    for (int c = 0; c < channels; c++, row += (points + 1) / 2) {
        int32_t sum = matrix->bias[c];
        for (int p = 0; p < points; p++) {
            sum += osc_nibble(row[p / 2], p % 2) * x[p * channels + c];
        }
        y[c] = osc_rescale_s32(sum, matrix->multiplier[c], matrix->shift[c], limit);
    }
}
