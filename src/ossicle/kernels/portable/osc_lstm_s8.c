#include "osc_math.h"

void osc_lstm_s8(const osc_rnn_s8_t *layer, const int8_t *x, int16_t *h, int16_t *c, int32_t *scratch)
{
    const int n = layer->hh.columns;
    const int fraction = layer->cell_fraction;
    int32_t *const gx = scratch;
    int32_t *const gh = scratch + 4 * n;
    int8_t *const operand = (int8_t *)(scratch + 8 * n);
    osc_convert_s16_s8(h, operand, n);
    osc_matvec_s8(&layer->ih, x, OSC_GATE_LIMIT, gx);
    osc_matvec_s8(&layer->hh, operand, OSC_GATE_LIMIT, gh);
    for (int i = 0; i < n; i++) {
        const int32_t in = osc_sigmoid_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t forget = osc_sigmoid_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t candidate = osc_tanh_q15(gx[2 * n + i] + gh[2 * n + i], OSC_GATE_FRACTION);
        const int32_t out = osc_sigmoid_q15(gx[3 * n + i] + gh[3 * n + i], OSC_GATE_FRACTION);
        /* Both products with 30 fraction bits, so that the new cell is rounded once. */
        const int64_t kept = (int64_t)forget * c[i] * (1 << (15 - fraction));
        const int64_t sum = kept + (int64_t)in * candidate + ((int64_t)1 << (29 - fraction));
        const int64_t cell = sum >> (30 - fraction);
        c[i] = (int16_t)(cell < INT16_MIN ? INT16_MIN : cell > INT16_MAX ? INT16_MAX : cell);
        h[i] = (int16_t)((out * osc_tanh_q15(c[i], fraction) + (1 << 14)) >> 15);
    }
}
