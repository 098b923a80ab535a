#include "kws_m7.h"

/* As weight-prioritized, over the weights of a row that are there. */
void kws_nonzeros(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y, const uint8_t *column,
                  const uint8_t *count)
{
    const int rows = matrix->rows;
    const kws_weight_t *row = matrix->weight;
    for (int r = 0; r < rows; row += count[r], column += count[r], r++) {
        for (int first = 0; first < KWS_POSITIONS; first += KWS_TILE) {
            const kws_value_t *const windows = x + first * KWS_STEP;
            kws_sum_t sum[KWS_TILE];
            for (int p = 0; p < KWS_TILE; p++) {
                sum[p] = kws_start(matrix, r);
            }
            for (int n = 0; n < count[r]; n++) {
                const kws_value_t *const values = windows + column[n];
                for (int p = 0; p < KWS_TILE; p++) {
                    sum[p] = kws_add(sum[p], row[n], values + p * KWS_STEP);
                }
            }
            for (int p = 0; p < KWS_TILE; p++) {
                y[(first + p) * rows + r] = kws_result(matrix, r, sum[p]);
            }
        }
    }
}
