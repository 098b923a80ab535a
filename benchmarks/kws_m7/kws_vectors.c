#include "kws_m7.h"

/* As weight-prioritized, over the vectors of a row that are there. */
void kws_vectors(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y, const uint8_t *present)
{
    const int rows = matrix->rows;
    const kws_weight_t *row = matrix->weight;
    for (int r = 0; r < rows; r++) {
        const kws_weight_t *vector = row;
        for (int first = 0; first < KWS_POSITIONS; first += KWS_TILE) {
            const kws_value_t *band = x + first * KWS_STEP;
            kws_sum_t sum[KWS_TILE];
            for (int p = 0; p < KWS_TILE; p++) {
                sum[p] = kws_start(matrix, r);
            }
            vector = row;
            for (int left = present[r]; left; left >>= 1, band += KWS_VECTOR) {
                if (!(left & 1)) {
                    continue;
                }
                for (int c = 0; c < KWS_VECTOR; c += KWS_LANES) {
                    const kws_weights_t weights = kws_load(vector + c);
                    for (int p = 0; p < KWS_TILE; p++) {
                        sum[p] = kws_add(sum[p], weights, band + p * KWS_STEP + c);
                    }
                }
                vector += KWS_VECTOR;
            }
            for (int p = 0; p < KWS_TILE; p++) {
                y[(first + p) * rows + r] = kws_result(matrix, r, sum[p]);
            }
        }
        row = vector;
    }
}
