#include "osc_math.h"

void osc_convert_s16_s8(const int16_t *x, int8_t *y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = osc_upper_byte(x[i]);
    }
}
