#include "osc_math.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t limit, int32_t *y)
{
    const int channels = matrix->rows, points = matrix->columns;
    for (int c = 0; c < channels; c++) {
        int32_t sum = matrix->bias[c];
        for (int p = 0; p < points; p++) {
            sum += matrix->weight[c * points + p] * x[p * channels + c];
        }
        y[c] = osc_rescale_s32(sum, matrix->multiplier[c], matrix->shift[c], limit);
    }
}
