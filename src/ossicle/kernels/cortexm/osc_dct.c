/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_kernels.h"
#include "osc_now.h"

void osc_dct(const osc_mel_t *config, const float *frame, float *y, int stride)
{
    const float *row = config->dct;
    for (int c = 0; c < config->coefficients; c++, row += config->mels) {
        float sum = 0.0f;
        int m = 0;
        for (; m + 4 <= config->mels; m += 4) {
            float p = row[m] * frame[m], q = row[m + 1] * frame[m + 1];
            float r = row[m + 2] * frame[m + 2], s = row[m + 3] * frame[m + 3];
            OSC_NOW(p);
            OSC_NOW(q);
            OSC_NOW(r);
            OSC_NOW(s);
            sum = sum + p + q + r + s;
        }
        for (; m < config->mels; m++) {
            sum += row[m] * frame[m];
        }
        y[c * stride] = sum;
    }
}
