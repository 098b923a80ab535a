/* Besides, for a cluster on threads: its engines write to a state between hops too. */
#include "osc_cluster.h"

void osc_host_quiet(void);

void osc_host_quiet(void)
{
    for (int ticket = 0; ticket < OSC_TRANSFERS; ticket++) {
        osc_l3_wait(ticket);
        osc_dma_wait(ticket);
    }
}
