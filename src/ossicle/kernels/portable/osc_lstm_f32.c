#include "osc_math.h"

void osc_lstm_f32(const osc_rnn_f32_t *layer, const float *x, float *h, float *c, float *scratch)
{
    const int n = layer->hh.columns;
    float *const gx = scratch;
    float *const gh = scratch + 4 * n;
    osc_matvec_f32(&layer->ih, x, gx);
    osc_matvec_f32(&layer->hh, h, gh);
    for (int i = 0; i < n; i++) {
        h[i] = osc_lstm_unit_f32(gx, gh, n, i, &c[i]);
    }
}
