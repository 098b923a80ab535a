#include "osc_math.h"

void osc_linear_sigmoid_s8(const osc_linear_s8_t *layer, const int8_t *x, int16_t *y, int32_t *scratch)
{
    osc_matvec_s8(&layer->matrix, x, OSC_GATE_LIMIT, scratch);
    for (int i = 0; i < layer->matrix.rows; i++) {
        y[i] = (int16_t)osc_clamp_s32(osc_sigmoid_q15(scratch[i], OSC_GATE_FRACTION), 0, INT16_MAX);
    }
}
