#include "osc_math.h"

void osc_depthwise_f16(const osc_linear_f16_t *layer, const osc_half_t *x, osc_half_t *y)
{
    const int channels = layer->matrix.rows, points = layer->matrix.columns;
    for (int c = 0; c < channels; c++) {
        float sum = osc_half_to_f32(layer->matrix.bias[c]);
        for (int p = 0; p < points; p++) {
            sum += osc_half_to_f32(layer->matrix.weight[c * points + p]) * osc_half_to_f32(x[p * channels + c]);
        }
        y[c] = osc_half_from_f32(osc_activate_f32(sum, layer->activation));
    }
}
