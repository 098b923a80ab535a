/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_exp2.h"
#include "osc_math.h"

void osc_softmax_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift)
{
    int32_t largest = x[0];
    int64_t sum = 0;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int i = 0; i < n; i++) {
        sum += osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
    }
    for (int i = 0; i < n; i++) {
        const int64_t share = osc_exp2_of_minus(osc_rescale_s32(largest - x[i], multiplier, shift, OSC_EXP2_LARGEST));
        const int64_t result = (share * 32768 + sum / 2) / sum;
        y[i] = (int16_t)(result > INT16_MAX ? INT16_MAX : result);
    }
}
