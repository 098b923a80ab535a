#include "kws_m7.h"

/* So few rows that their weights stay in a data cache of 16 KB for all windows; a multiple of 4. */
#define ROWS 16

#if KWS_WEIGHTS == 8
#define MATVEC osc_matvec_w8a16
#else
#define MATVEC osc_matvec_w16a16
#endif

/* The products of the emitted program, of some rows at all windows before the next rows. */
void kws_row_blocks(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y)
{
    int32_t sums[ROWS];
    for (int r = 0; r < matrix->rows; r += ROWS) {
        const int rest = matrix->rows - r, rows = rest < ROWS ? rest : ROWS;
        const kws_matrix_t block = {
            matrix->weight + r * matrix->columns, kws_requantization(matrix, r), rows, matrix->columns,
        };
        for (int p = 0; p < KWS_POSITIONS; p++) {
            MATVEC(&block, x + p * KWS_STEP, sums);
            osc_requantize_s16(&block.requantization, sums, rows, 0, y + p * matrix->rows + r);
        }
    }
}
