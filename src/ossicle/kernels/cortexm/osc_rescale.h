/* What integer products on Cortex-M end with. */
#ifndef OSC_RESCALE_H
#define OSC_RESCALE_H

#include "osc_math.h"

/* Adds the biases to the sums y of n rows, rescales and limits them as osc_rescale_s32 does. */
void osc_finish_rows(const int32_t *bias, const int32_t *multiplier, const uint8_t *shift, int n, int32_t limit,
                     int32_t *y);

#endif
