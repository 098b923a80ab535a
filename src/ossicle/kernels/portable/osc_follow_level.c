/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_follow_level(const float *samples, int n, float attack, float release, float *level)
{
    float sum = 0.0f;
    for (int i = 0; i < n; i++) {
        sum += samples[i] * samples[i];
    }
    const float change = sum / (float)n - *level;
    *level += (change > 0.0f ? attack : release) * change;
}
