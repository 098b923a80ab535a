#include "osc_math.h"

void osc_lstm_s16(const int32_t *gates, int16_t *h, int16_t *c, int n, int fraction)
{
    const int32_t *const gx = gates;
    const int32_t *const gh = gates + 4 * n;
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
