/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"
#include "osc_vector_math.h"

#ifdef OSC_WIDE
/* Codes beyond the table are far from its last entry, so that what is added to an entry needs 64 bits before it is
 * shifted. */
static inline osc_ints_t results_of(osc_ints_t code, const int16_t *table, int step)
{
    const osc_ints_t place = OSC_OP(add_epi32)(code, OSC_INT(256 << step));
    const osc_ints_t whole = OSC_OP(sra_epi32)(place, _mm_cvtsi32_si128(step));
    const osc_ints_t index = OSC_OP(max_epi32)(OSC_OP(min_epi32)(whole, OSC_INT(511)), OSC_INT(0));
    const osc_ints_t pair = osc_look_up(table, index);
    const osc_ints_t low = OSC_OP(srai_epi32)(OSC_OP(slli_epi32)(pair, 16), 16);
    const osc_ints_t rise = OSC_OP(sub_epi32)(OSC_OP(srai_epi32)(pair, 16), low);
    const osc_ints_t rest = OSC_OP(sub_epi32)(place, OSC_OP(sll_epi32)(index, _mm_cvtsi32_si128(step)));
    return OSC_OP(add_epi32)(low, osc_vector_rescale(rise, rest, OSC_INT(step), INT32_MAX / 2, 0));
}
#endif

void osc_unary_table_s16(const int16_t *restrict x, int16_t *restrict y, int n, const int16_t *restrict table,
                         int step)
{
    int i = 0;
#ifdef OSC_WIDE
    for (; step > 0 && i < n; i += OSC_WIDE) {
        osc_put_s16(y + i, results_of(osc_get_s16(x + i, n - i), table, step), n - i);
    }
#endif
    for (; i < n; i++) {
        const int32_t place = x[i] + (256 << step);
        const int32_t index = osc_clamp_s32(place >> step, 0, 511);
        const int64_t rise = (int64_t)(table[index + 1] - table[index]) * (place - (index << step));
        const int64_t code = table[index] + ((rise + ((1 << step) >> 1)) >> step);
        y[i] = (int16_t)(code < INT16_MIN ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
    }
}
