/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

typedef struct {
    float floor, mean, gain;
} level_t;

static float raised(float x, float floor)
{
    return x > floor ? x : floor;
}

/* Sums go frame by frame, whose partial sums lose less than one long sum does. */
static level_t level_of(const float *db, int frames, int mels)
{
    const float count = (float)(frames * mels);
    level_t level = {db[0], 0.0f, 0.0f};
    for (int i = 1; i < frames * mels; i++) {
        level.floor = raised(db[i], level.floor);
    }
    level.floor -= OSC_PATCH_RANGE_DB;
    for (int t = 0; t < frames; t++) {
        float sum = 0.0f;
        for (int m = 0; m < mels; m++) {
            sum += raised(db[t * mels + m], level.floor);
        }
        level.mean += sum;
    }
    level.mean /= count;
    float squares = 0.0f;
    for (int t = 0; t < frames; t++) {
        float sum = 0.0f;
        for (int m = 0; m < mels; m++) {
            const float distance = raised(db[t * mels + m], level.floor) - level.mean;
            sum += distance * distance;
        }
        squares += sum;
    }
    level.gain = 1.0f / (osc_sqrt_f32(squares / count) + OSC_STD_OFFSET_DB);
    return level;
}

void osc_mel_patch(const osc_mel_t *config, const float *history_db, float *scratch, float *patch)
{
    const int frames = config->frames;
    const int mels = config->mels;
    const level_t level = level_of(history_db, frames, mels);
    for (int t = 0; t < frames; t++) {
        /* A frame of log-mel goes straight into its column. */
        float *const frame = config->coefficients ? scratch : patch + t;
        const int stride = config->coefficients ? 1 : frames;
        for (int m = 0; m < mels; m++) {
            frame[m * stride] = (raised(history_db[t * mels + m], level.floor) - level.mean) * level.gain;
        }
        if (config->coefficients) {
            osc_dct(config, scratch, patch + t, frames);
        }
    }
}
