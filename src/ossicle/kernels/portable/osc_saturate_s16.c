#include "osc_math.h"

void osc_saturate_s16(const int32_t *x, int16_t *y, int n, int32_t low)
{
    for (int i = 0; i < n; i++) {
        y[i] = (int16_t)osc_clamp_s32(x[i], low, INT16_MAX);
    }
}
