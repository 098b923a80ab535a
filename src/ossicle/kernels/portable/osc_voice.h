/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of the probability that somebody speaks. */
#ifndef OSC_VOICE_H
#define OSC_VOICE_H

#include "osc_kernels.h"

/* Returns whether there is voice, 1 or 0. It begins where a probability reaches the first threshold. It ends where one
 * is below the second one `least_silence` or more frames after the first such one, with none that reached the first
 * threshold in between. Counters are whether there is voice, and the frames since the first low probability, with its
 * own; all 0 at the start. */
int osc_detect_voice(float probability, const float *thresholds, int least_silence, int32_t *counters);

#endif
