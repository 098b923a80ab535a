#include "osc_math.h"

void osc_gru_s8(const osc_rnn_s8_t *layer, const int8_t *x, int16_t *h, int32_t *scratch)
{
    const int n = layer->hh.columns;
    int32_t *const gx = scratch;
    int32_t *const gh = scratch + 3 * n;
    int8_t *const operand = (int8_t *)(scratch + 6 * n);
    osc_convert_s16_s8(h, operand, n);
    osc_matvec_s8(&layer->ih, x, OSC_GATE_LIMIT, gx);
    osc_matvec_s8(&layer->hh, operand, OSC_GATE_LIMIT, gh);
    for (int i = 0; i < n; i++) {
        const int32_t r = osc_sigmoid_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t z = osc_sigmoid_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t gated = (r * gh[2 * n + i] + (1 << 14)) >> 15;
        const int32_t candidate = osc_tanh_q15(gx[2 * n + i] + gated, OSC_GATE_FRACTION);
        h[i] = (int16_t)(candidate + ((z * (h[i] - candidate) + (1 << 14)) >> 15));
    }
}
