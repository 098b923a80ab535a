/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_unary.h"
#include "osc_vector_math.h"

void osc_unary_sigmoid_f32(const float *restrict x, float *restrict y, int n)
{
#ifdef OSC_WIDE
    for (int i = 0; i < n; i += OSC_WIDE) {
        const osc_floats_t value = osc_get_floats(x + i, n - i);
        osc_put_floats(y + i, osc_vector_sigmoid(value), n - i);
    }
#else
    for (int i = 0; i < n; i++) {
        y[i] = osc_sigmoid_f32(x[i]);
    }
#endif
}
