#include "osc_math.h"

void osc_gru_f32(const osc_rnn_f32_t *layer, const float *x, float *h, float *scratch)
{
    const int n = layer->hh.columns;
    float *const gx = scratch;
    float *const gh = scratch + 3 * n;
    osc_matvec_f32(&layer->ih, x, gx);
    osc_matvec_f32(&layer->hh, h, gh);
    for (int i = 0; i < n; i++) {
        h[i] = osc_gru_unit_f32(gx, gh, n, i, h[i]);
    }
}
