/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_depthwise_s16.h"

/* The emitter has proved that no accumulator overflows. */
void osc_depthwise_w16a16(const osc_matrix_s16_t *matrix, const osc_geometry_t *w, const int16_t *x, int position,
                         int32_t *y)
{
    osc_depthwise_s16(matrix->weight, w, x, position, y);
}
