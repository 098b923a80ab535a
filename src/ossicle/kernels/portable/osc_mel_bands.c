/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_mel_bands(const osc_mel_t *config, const float *power, float *bands)
{
    const float *weight = config->weight;
    for (int m = 0; m < config->mels; m++) {
        const float *const bin = power + config->first[m];
        const int count = config->count[m];
        float sum = 0.0f;
        for (int i = 0; i < count; i++) {
            sum += weight[i] * bin[i];
        }
        bands[m] = sum;
        weight += count;
    }
}
