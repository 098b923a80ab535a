/* SPDX-License-Identifier: Apache-2.0 */
/* Fork and join on top of two barriers, and copying by the controller, for programs that own their cores from reset
 * on. The file that includes this has
 * osc_barrier_fork and osc_barrier_join, barriers of all workers and the controller. */
#ifndef OSC_BARE_FORK_H
#define OSC_BARE_FORK_H

#include "osc_bare.h"

/* What runs between the two barriers; every core reads it, so it lies in L1. */
static struct {
    osc_task_t *task;
    void *argument;
} osc_forked __attribute__((section(".l1")));

void osc_fork(osc_task_t *task, void *argument)
{
    osc_forked.task = task;
    osc_forked.argument = argument;
    osc_barrier_fork();
    task(argument, OSC_WORKERS);
    osc_barrier_join();
}

void osc_barrier_all(void)
{
    osc_barrier_fork();
}

void osc_run_worker(int worker)
{
    for (;;) {
        osc_barrier_fork();
        osc_forked.task(osc_forked.argument, worker);
        osc_barrier_join();
    }
}

/* Bytes are a multiple of 4. */
static void osc_copy(void *to, const void *from, uint32_t bytes)
{
    uint32_t *const words = to;
    const uint32_t *const source = from;
    for (uint32_t i = 0; i < bytes / 4; i++) {
        words[i] = source[i];
    }
}

#endif
