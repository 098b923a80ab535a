#include "kws_m7.h"

/* One result after the other is finished. */
void kws_output_major(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const kws_weight_t *row = matrix->weight;
    for (int r = 0; r < rows; r++, row += columns) {
        for (int p = 0; p < KWS_POSITIONS; p++) {
            const kws_value_t *const window = x + p * KWS_STEP;
            kws_sum_t sum = kws_start(matrix, r);
            for (int c = 0; c < columns; c += KWS_LANES) {
                const kws_weights_t weights = kws_load(row + c);
                if (!KWS_SKIP || weights != 0) {
                    sum = kws_add(sum, weights, window + c);
                }
            }
            y[p * rows + r] = kws_result(matrix, r, sum);
        }
    }
}
