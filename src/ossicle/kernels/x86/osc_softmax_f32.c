/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vector_math.h"

void osc_softmax_f32(const float *x, float *y, int n)
{
    float largest = x[0], sum = 0.0f;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_floats_t less = OSC_OP(sub_ps)(osc_get_floats(x + i, n - i), OSC_FLOAT(largest));
        osc_put_floats(y + i, osc_vector_exp(less), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        y[i] = osc_exp_f32(x[i] - largest);
    }
#endif
    for (int i = 0; i < n; i++) {
        sum += y[i];
    }
    for (int i = 0; i < n; i++) {
        y[i] /= sum;
    }
}
