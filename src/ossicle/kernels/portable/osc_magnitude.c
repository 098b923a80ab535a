#include "osc_kernels.h"

#include <math.h>

void osc_magnitude(const float *spectrum, float *magnitude, int bins)
{
    for (int i = 0; i < bins; i++) {
        const float re = spectrum[2 * i];
        const float im = spectrum[2 * i + 1];
        magnitude[i] = sqrtf(re * re + im * im);
    }
}
