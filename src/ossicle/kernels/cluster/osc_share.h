/* How the workers of a cluster share n items: one after another, as evenly as whole items allow. */
#ifndef OSC_SHARE_H
#define OSC_SHARE_H

#include "osc_cluster.h"

/* The first of a worker's items; they end where those of the next one begin. */
static inline int osc_share(int n, int worker)
{
    return n * worker / OSC_WORKERS;
}

#endif
