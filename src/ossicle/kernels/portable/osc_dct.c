/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"

void osc_dct(const osc_mel_t *config, const float *frame, float *y, int stride)
{
    const float *row = config->dct;
    for (int c = 0; c < config->coefficients; c++, row += config->mels) {
        float sum = 0.0f;
        for (int m = 0; m < config->mels; m++) {
            sum += row[m] * frame[m];
        }
        y[c * stride] = sum;
    }
}
