/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

#ifdef OSC_WIDE
/* Lane by lane, (forget * c + in * candidate * 32) / 2**15, halves upwards, of even and of odd lanes in 64 bits. */
static inline osc_ints_t osc_new_cells(osc_ints_t forget, osc_ints_t c, osc_ints_t added)
{
    const osc_ints_t half = osc_set_s64(1 << 14), shift = osc_set_s64(15), limit = osc_set_s64(INT32_MAX);
    osc_ints_t part[2];
    for (int odd = 0; odd < 2; odd++) {
        const osc_ints_t kept = odd ? OSC_OP(mul_epi32)(OSC_OP(srli_epi64)(forget, 32), OSC_OP(srli_epi64)(c, 32))
                                    : OSC_OP(mul_epi32)(forget, c);
        const osc_ints_t more = OSC_OP(mul_epi32)(odd ? OSC_OP(srli_epi64)(added, 32) : added, OSC_INT(32));
        const osc_ints_t sum = OSC_OP(add_epi64)(OSC_OP(add_epi64)(kept, more), half);
        part[odd] = osc_limit_s64(osc_shift_s64(sum, shift), osc_set_s64(-INT32_MAX), limit);
    }
    return osc_join(part[0], part[1]);
}
#endif

void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const int lanes = n - i;
        osc_ints_t gate[4];
        for (int g = 0; g < 4; g++) {
            const int32_t *const gx = gates + g * n + i;
            gate[g] = OSC_OP(add_epi32)(osc_get_ints(gx, lanes), osc_get_ints(gx + 4 * n, lanes));
        }
        const osc_ints_t in = osc_vector_sigmoid_q15(gate[0], OSC_GATE_FRACTION);
        const osc_ints_t forget = osc_vector_sigmoid_q15(gate[1], OSC_GATE_FRACTION);
        const osc_ints_t candidate = osc_vector_tanh_q15(gate[2], OSC_GATE_FRACTION);
        const osc_ints_t out = osc_vector_sigmoid_q15(gate[3], OSC_GATE_FRACTION);
        const osc_ints_t cell =
            osc_new_cells(forget, osc_get_ints(c + i, lanes), OSC_OP(mullo_epi32)(in, candidate));
        osc_put_ints(c + i, cell, lanes);
        osc_put_s16(h + i, osc_vector_times_q15(out, osc_vector_tanh_q15(cell, OSC_CELL_FRACTION)), lanes);
    }
#else
    const int32_t *const gx = gates, *const gh = gates + 4 * n;
    for (int i = 0; i < n; i++) {
        const int32_t in = osc_sigmoid_q15(gx[i] + gh[i], OSC_GATE_FRACTION);
        const int32_t forget = osc_sigmoid_q15(gx[n + i] + gh[n + i], OSC_GATE_FRACTION);
        const int32_t candidate = osc_tanh_q15(gx[2 * n + i] + gh[2 * n + i], OSC_GATE_FRACTION);
        const int32_t out = osc_sigmoid_q15(gx[3 * n + i] + gh[3 * n + i], OSC_GATE_FRACTION);
        const int64_t cell = ((int64_t)forget * c[i] + (int64_t)in * candidate * 32 + (1 << 14)) >> 15;
        c[i] = (int32_t)(cell < -INT32_MAX ? -INT32_MAX : cell > INT32_MAX ? INT32_MAX : cell);
        h[i] = (int16_t)((out * osc_tanh_q15(c[i], OSC_CELL_FRACTION) + (1 << 14)) >> 15);
    }
#endif
}
