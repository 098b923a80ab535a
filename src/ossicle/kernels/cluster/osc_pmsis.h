/* SPDX-License-Identifier: Apache-2.0 */
/* What a program for GAP9 sets up besides osc_cluster.h. */
#ifndef OSC_PMSIS_H
#define OSC_PMSIS_H

#include "pmsis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* On the fabric controller, before any L3 transfer: L3 is an open flash device (MRAM is one), in which what the
 * program takes for the address `l3` lies at `address`. */
void osc_pmsis_open(struct pi_device *flash, const void *l3, uint32_t address);

#ifdef __cplusplus
}
#endif

#endif
