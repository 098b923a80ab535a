/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_requantize_pairs.h"

static inline int32_t any_code(int32_t twice, int32_t unused)
{
    (void)unused;
    return OSC_SSAT(twice >> 1, 8);
}

static inline int32_t code_from(int32_t twice, int32_t low)
{
    return OSC_USAT(OSC_SSAT(twice >> 1, 8) - low, 8) + low;
}

#define ANY_CODE(value) "ssat " value ", #8, " value ", asr #1\n\t"
#define CODE_FROM(value)                                                                                               \
    ANY_CODE(value)                                                                                                    \
    "sub " value ", " value ", %[k]\n\t"                                                                               \
    "usat " value ", #8, " value "\n\t"                                                                                \
    "add " value ", " value ", %[k]\n\t"

OSC_REQUANTIZE_PAIRS(any_rows, int8_t, "strb", ANY_CODE, any_code)
OSC_REQUANTIZE_PAIRS(rows_from, int8_t, "strb", CODE_FROM, code_from)

void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y)
{
    (low == INT8_MIN ? any_rows : rows_from)(requantization, sums, n, y, 2 * zero_point + 1, low);
}
