#include "kws_m7.h"

/* Each weight is loaded once for KWS_TILE windows, whose sums stay in registers. */
void kws_weight_prioritized(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y)
{
    const int rows = matrix->rows, columns = matrix->columns;
    const kws_weight_t *row = matrix->weight;
    for (int r = 0; r < rows; r++, row += columns) {
        for (int first = 0; first < KWS_POSITIONS; first += KWS_TILE) {
            const kws_value_t *const windows = x + first * KWS_STEP;
            kws_sum_t sum[KWS_TILE];
            for (int p = 0; p < KWS_TILE; p++) {
                sum[p] = kws_start(matrix, r);
            }
            for (int c = 0; c < columns; c += KWS_LANES) {
                const kws_weights_t weights = kws_load(row + c);
                if (KWS_SKIP && weights == 0) {
                    continue;
                }
                for (int p = 0; p < KWS_TILE; p++) {
                    sum[p] = kws_add(sum[p], weights, windows + p * KWS_STEP + c);
                }
            }
            for (int p = 0; p < KWS_TILE; p++) {
                y[(first + p) * rows + r] = kws_result(matrix, r, sum[p]);
            }
        }
    }
}
