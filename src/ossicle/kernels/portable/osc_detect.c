/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

int osc_detect(const osc_detector_t *detector, const float *posteriors, float threshold, float *recent,
               int32_t *counters, float *smoothed)
{
    const int classes = detector->classes, frames = detector->smoothing;
    float *const newest = recent + counters[0] * classes;
    counters[0] = counters[0] + 1 < frames ? counters[0] + 1 : 0;
    counters[1] = counters[1] > 0 ? counters[1] - 1 : 0;
    int best = -1;
    for (int c = 0; c < classes; c++) {
        newest[c] = posteriors[c];
        float sum = 0.0f;
        for (int s = 0; s < frames; s++) {
            sum += recent[s * classes + c];
        }
        smoothed[c] = sum / (float)frames;
        if (detector->keyword[c] && smoothed[c] >= threshold && (best < 0 || smoothed[c] > smoothed[best])) {
            best = c;
        }
    }
    if (counters[1] > 0 || best < 0) {
        return -1;
    }
    counters[1] = detector->refractory + 1;
    return best;
}
