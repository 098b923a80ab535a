/* SPDX-License-Identifier: Apache-2.0 */
/* What start-up code of a bare-metal cluster calls besides main. */
#ifndef OSC_BARE_H
#define OSC_BARE_H

#include "osc_cluster.h"

/* On a worker, from its start on: runs what the controller forks; does not return. */
void osc_run_worker(int worker);

#endif
