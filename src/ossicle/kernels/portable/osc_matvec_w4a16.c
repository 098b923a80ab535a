#include "osc_math.h"

/* Four bits, as the upper half of a byte, with their sign. */
static int32_t upper(uint8_t pair)
{
    return (int8_t)(pair & 0xf0u) >> 4;
}

static int32_t lower(uint8_t pair)
{
    return upper((uint8_t)(pair << 4));
}

/* The emitter has proved that no accumulator overflows. */
void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t limit, int32_t *y)
{
    const int pairs = matrix->columns / 2;
    const uint8_t *row = matrix->weight;
    for (int r = 0; r < matrix->rows; r++, row += (matrix->columns + 1) / 2) {
        int32_t sum = matrix->bias[r];
        for (int p = 0; p < pairs; p++) {
            sum += lower(row[p]) * x[2 * p] + upper(row[p]) * x[2 * p + 1];
        }
        if (matrix->columns % 2) {
            sum += lower(row[pairs]) * x[2 * pairs];
        }
        y[r] = osc_rescale_s32(sum, matrix->multiplier[r], matrix->shift[r], limit);
    }
}
