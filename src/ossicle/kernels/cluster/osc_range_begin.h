/* SPDX-License-Identifier: Apache-2.0 */
/* How n items are split over the workers: in order, the first ones with one item more where they do not divide. */
#ifndef OSC_RANGE_BEGIN_H
#define OSC_RANGE_BEGIN_H

#include "osc_cluster.h"

/* Where the part of a worker begins; it ends where the next one's begins. */
static inline int osc_range_begin(int n, int worker)
{
    const int remainder = (int)((unsigned)n % OSC_WORKERS);
    return (int)((unsigned)n / OSC_WORKERS) * worker + (worker < remainder ? worker : remainder);
}

#endif
