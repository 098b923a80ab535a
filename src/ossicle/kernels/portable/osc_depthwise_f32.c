#include "osc_math.h"

void osc_depthwise_f32(const osc_linear_f32_t *layer, const float *x, float *y)
{
    const int channels = layer->matrix.rows, points = layer->matrix.columns;
    for (int c = 0; c < channels; c++) {
        float sum = layer->matrix.bias[c];
        for (int p = 0; p < points; p++) {
            sum += layer->matrix.weight[c * points + p] * x[p * channels + c];
        }
        y[c] = osc_activate_f32(sum, layer->activation);
    }
}
