/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_stretch.h"

void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y)
{
    uint32_t split[OSC_SPLIT_COLUMNS / 2];
    for (int begin = 0, end; begin < matrix->columns; begin = end) {
        end = osc_split_next(x, matrix->columns, begin, split);
        osc_matvec_byte_planes_w8a16(matrix, split, begin, end, y);
    }
}
