/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>

#include "osc_math.h"

typedef struct {
    float floor, mean, gain;
} level_t;

static float raised(float x, float floor)
{
    return x > floor ? x : floor;
}

/* Sums go frame by frame, whose partial sums lose less than one long sum does. */
static level_t level_of(const osc_mel_t *config, const float *rows)
{
    const int frames = config->frames, mels = config->mels;
    const float count = (float)(frames * mels);
    level_t level = {rows[0], 0.0f, 1.0f};
    for (int i = 1; i < frames * mels; i++) {
        level.floor = raised(rows[i], level.floor);
    }
    if (config->level == OSC_LEVEL_MAX) {
        level.mean = level.floor;
    }
    level.floor -= config->range;
    if (config->level != OSC_LEVEL_STANDARD) {
        return level;
    }
    for (int t = 0; t < frames; t++) {
        float sum = 0.0f;
        for (int m = 0; m < mels; m++) {
            sum += raised(rows[t * mels + m], level.floor);
        }
        level.mean += sum;
    }
    level.mean /= count;
    float squares = 0.0f;
    for (int t = 0; t < frames; t++) {
        float sum = 0.0f;
        for (int m = 0; m < mels; m++) {
            const float distance = raised(rows[t * mels + m], level.floor) - level.mean;
            sum += distance * distance;
        }
        squares += sum;
    }
    level.gain = 1.0f / (osc_sqrt_f32(squares / count) + config->std_offset);
    return level;
}

static void limit(const osc_mel_t *config, float *frame, int stride)
{
    for (int m = 0; m < config->mels; m++) {
        frame[m * stride] = osc_clamp_f32(frame[m * stride], config->low, config->high);
    }
}

void osc_mel_patch(const osc_mel_t *config, const float *rows, float *scratch, float *patch)
{
    const int frames = config->frames, mels = config->mels;
    const int features = config->coefficients ? config->coefficients : mels;
    const int from_frame = config->time_major ? features : 1, from_feature = config->time_major ? 1 : frames;
    const int limited = config->low > -FLT_MAX || config->high < FLT_MAX;
    level_t level = level_of(config, rows);
    level.mean += config->mean / level.gain;
    level.gain *= config->gain;
    for (int t = 0; t < frames; t++) {
        /* A frame of log-mel goes straight to its place. */
        float *const frame = config->coefficients ? scratch : patch + t * from_frame;
        const int stride = config->coefficients ? 1 : from_feature;
        for (int m = 0; m < mels; m++) {
            frame[m * stride] = (raised(rows[t * mels + m], level.floor) - level.mean) * level.gain;
        }
        if (limited) {
            limit(config, frame, stride);
        }
        if (config->coefficients) {
            osc_dct(config, scratch, patch + t * from_frame, from_feature);
        }
    }
}
