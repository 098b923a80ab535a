/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_voice.h"

int osc_detect_voice(float probability, const float *thresholds, int least_silence, int32_t *counters)
{
    const int low = probability < thresholds[1];
    if (probability >= thresholds[0]) {
        counters[0] = 1;
        counters[1] = 0;
    } else if (counters[0] && (low || counters[1] > 0)) {
        counters[1] += counters[1] <= least_silence; /* no further, so that years do not overflow it */
        if (low && counters[1] > least_silence) {
            counters[0] = 0;
            counters[1] = 0;
        }
    }
    return counters[0];
}
