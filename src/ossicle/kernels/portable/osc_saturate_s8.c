#include "osc_math.h"

void osc_saturate_s8(const int32_t *x, int8_t *y, int n, int32_t zero_point, int32_t low)
{
    for (int i = 0; i < n; i++) {
        y[i] = (int8_t)osc_clamp_s32(x[i] + zero_point, low, INT8_MAX);
    }
}
