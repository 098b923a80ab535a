#include "osc_rescale.h"

void osc_finish_s8(const osc_factors_t *factors, const int32_t *sums, int n, int32_t zero_point, int32_t low,
                   int8_t *y)
{
    const osc_factors_t f = *factors;
    const int32_t lowest = low - zero_point, highest = INT8_MAX - zero_point;
    for (int i = 0; i < n; i++) {
        y[i] = (int8_t)(osc_clamp_s32(osc_rescale_row(&f, sums, i), lowest, highest) + zero_point);
    }
}
