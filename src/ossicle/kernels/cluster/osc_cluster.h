/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster program needs of its platform: one cluster controller, OSC_WORKERS workers that share a memory (L1)
 * with it, and engines that copy into L1 and L2 while the cores compute. Each backend is one C file.
 *
 * A task sees all that the controller wrote before it forked it, and the controller what the task wrote after osc_fork
 * has returned. What a transfer writes is seen after it was waited for, by the controller and by those that pass a
 * barrier with it from then on; what it reads and writes must be left alone until then. */
#ifndef OSC_CLUSTER_H
#define OSC_CLUSTER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef OSC_WORKERS
#define OSC_WORKERS 8
#endif

/* Transfers of each kind that may be under way at once; they end in the order in which they were started. */
#define OSC_TRANSFERS 16

/* What each core does of a task: the workers are numbered 0 ... OSC_WORKERS - 1, the controller is OSC_WORKERS. */
typedef void osc_task_t(void *argument, int core);

/* On the controller: runs a task on all workers and on itself, and returns when all have returned. */
void osc_fork(osc_task_t *task, void *argument);

/* Within a task: no worker goes on before all workers have come here; nor any core before all have, the controller
 * too. What one wrote before is then seen by all others. */
void osc_barrier(void);
void osc_barrier_all(void);

/* On the controller: starts copying from L2 into L1 under a transfer id of 0 ... OSC_TRANSFERS - 1, and waits
 * for the latest copy under an id; waiting for one that was never started returns at once. Addresses and bytes are
 * multiples of 8. */
void osc_dma_issue(int id, void *l1, const void *l2, uint32_t bytes);
void osc_dma_wait(int id);

/* Likewise from L3 into L2; the target says which memory that is. */
void osc_l3_issue(int id, void *l2, const void *l3, uint32_t bytes);
void osc_l3_wait(int id);

#ifdef __cplusplus
}
#endif

#endif
