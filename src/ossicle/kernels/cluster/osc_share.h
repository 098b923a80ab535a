/* SPDX-License-Identifier: Apache-2.0 */
/* How n items are split over the workers: in order, the first ones with one item more where they do not divide. */
#ifndef OSC_SHARE_H
#define OSC_SHARE_H

#include "osc_cluster.h"

/* Where the part of a worker begins; it ends where the next one's begins. */
static inline int osc_share(int n, int worker)
{
    const int rest = (int)((unsigned)n % OSC_WORKERS);
    return (int)((unsigned)n / OSC_WORKERS) * worker + (worker < rest ? worker : rest);
}

#endif
