/* Besides, for a cluster on threads: its engines write to a state between hops too. */
#include "osc_cluster.h"

void osc_host_quiet(void);

void osc_host_quiet(void)
{
    for (int id = 0; id < OSC_TRANSFERS; id++) {
        osc_l3_wait(id);
        osc_dma_wait(id);
    }
}
