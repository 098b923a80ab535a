#include "kws_m7.h"

/* Each weight is loaded once and multiplied at all windows, whose sums stay in registers. */
void kws_weight_prioritized(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const kws_weight_t *row = matrix->weight;
    for (int r = 0; r < rows; r++, row += columns) {
        kws_sum_t sum[KWS_POSITIONS];
        for (int p = 0; p < KWS_POSITIONS; p++) {
            sum[p] = matrix->bias[r];
        }
        for (int c = 0; c < columns; c += KWS_LANES) {
            const kws_weights_t weights = kws_load(row + c);
            if (KWS_SKIP && weights == 0) {
                continue;
            }
            for (int p = 0; p < KWS_POSITIONS; p++) {
                sum[p] = kws_add(sum[p], weights, x + p * KWS_STEP + c);
            }
        }
        for (int p = 0; p < KWS_POSITIONS; p++) {
            y[p * rows + r] = kws_result(matrix, r, sum[p]);
        }
    }
}
