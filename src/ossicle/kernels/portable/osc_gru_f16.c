#include "osc_math.h"

void osc_gru_f16(const osc_rnn_f16_t *layer, const osc_half_t *x, osc_half_t *h, float *scratch)
{
    const int n = layer->hh.columns;
    float *const gx = scratch;
    float *const gh = scratch + 3 * n;
    float *const wide = scratch + 6 * n;
    osc_convert_f16_f32(x, wide, layer->ih.columns);
    osc_matvec_f16(&layer->ih, wide, gx);
    osc_convert_f16_f32(h, wide, n);
    osc_matvec_f16(&layer->hh, wide, gh);
    for (int i = 0; i < n; i++) {
        h[i] = osc_half_from_f32(osc_gru_unit_f32(gx, gh, n, i, wide[i]));
    }
}
