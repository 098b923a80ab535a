#include "osc_math.h"

void osc_linear_s8(const osc_linear_s8_t *layer, const int8_t *x, int8_t *y, int32_t *scratch)
{
    /* Beyond 255 steps any zero point leaves the result saturated. */
    osc_matvec_s8(&layer->matrix, x, 255, scratch);
    for (int i = 0; i < layer->matrix.rows; i++) {
        y[i] = (int8_t)osc_clamp_s32(scratch[i] + layer->zero_point, layer->low, 127);
    }
}
