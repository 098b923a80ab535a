/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster of GAP9 by PMSIS, the interface of GreenWaves' SDK. The controller is the core of the cluster that runs
 * a task which the fabric controller has sent; the workers are cores 0 ... OSC_WORKERS - 1. Declared in, below
 * rtos/pmsis of the SDK: the team and its barriers with pmsis.h itself, pi_cl_dma_cmd in
 * api/include/pmsis/cluster/dma/cl_dma.h, pi_cl_send_task_to_fc in .../cluster/cluster_sync/cl_to_fc_delegate.h,
 * pi_task_callback in .../task.h, and pi_flash_read_async in bsp/include/bsp/flash.h.
 *
 * No call reads a flash from the cluster, so the fabric controller is asked to. It does so while it waits for the task
 * that it has sent. */
#include "osc_pmsis.h"

#include "bsp/flash.h"
#include "osc_cluster.h"

enum { CONTROLLER = 8 }; /* its number among the cores of the cluster */

typedef struct {
    osc_task_t *task;
    void *argument;
} step_t;

typedef struct {
    pi_cl_dma_cmd_t command;
    int under_way; /* a second wait for the same command would wait for another one */
} copy_t;

typedef struct {
    pi_task_t request, finished;
    void *l2;
    uint32_t address, bytes;
    int started;
    uint8_t done;
} fetch_t;

static copy_t copies[OSC_TRANSFERS];
static fetch_t fetches[OSC_TRANSFERS];
static struct pi_device *flash;
static uintptr_t far_begin;
static uint32_t flash_begin;
static uint32_t of_workers, of_all;
static int has_barriers;

/* Core 8 is the controller, of however many workers. */
static void run_step(void *argument)
{
    const step_t *const step = argument;
    const int core = (int)pi_core_id();
    step->task(step->argument, core < OSC_WORKERS ? core : OSC_WORKERS);
}

void osc_fork(osc_task_t *task, void *argument)
{
    step_t step = {task, argument};
    if (!has_barriers) {
        const uint32_t workers = (1u << OSC_WORKERS) - 1u;
        of_workers = pi_cl_team_barrier_alloc();
        of_all = pi_cl_team_barrier_alloc();
        pi_cl_team_barrier_set(of_workers, workers);
        pi_cl_team_barrier_set(of_all, workers | 1u << CONTROLLER);
        has_barriers = 1;
    }
    pi_cl_team_fork_cc(OSC_WORKERS, run_step, &step);
}

/* Barriers of their own: whether the team's has the controller in it depends on the version of the SDK. */
void osc_barrier(void)
{
    pi_cl_team_barrier_wait(of_workers);
}

void osc_barrier_all(void)
{
    pi_cl_team_barrier_wait(of_all);
}

void osc_dma_issue(int ticket, void *l1, const void *l2, uint32_t bytes)
{
    copy_t *const copy = &copies[ticket];
    osc_dma_wait(ticket);
    pi_cl_dma_cmd((uint32_t)(uintptr_t)l2, (uint32_t)(uintptr_t)l1, bytes, PI_CL_DMA_DIR_EXT2LOC, &copy->command);
    copy->under_way = 1;
}

void osc_dma_wait(int ticket)
{
    copy_t *const copy = &copies[ticket];
    if (copy->under_way) {
        pi_cl_dma_cmd_wait(&copy->command);
        copy->under_way = 0;
    }
}

static void read_flash(void *argument);

/* On the fabric controller, which has to prepare the next request of this kind too. */
static void end_fetch(void *argument)
{
    fetch_t *const fetch = argument;
    pi_task_callback(&fetch->request, read_flash, fetch);
    cl_notify_task_done(&fetch->done, 0);
}

static void read_flash(void *argument)
{
    fetch_t *const fetch = argument;
    pi_task_t *const finished = pi_task_callback(&fetch->finished, end_fetch, fetch);
    pi_flash_read_async(flash, fetch->address, fetch->l2, fetch->bytes, finished);
}

void osc_pmsis_open(struct pi_device *device, const void *far, uint32_t address)
{
    flash = device;
    far_begin = (uintptr_t)far;
    flash_begin = address;
    for (int i = 0; i < OSC_TRANSFERS; i++) {
        pi_task_callback(&fetches[i].request, read_flash, &fetches[i]);
    }
}

void osc_l3_issue(int ticket, void *l2, const void *far, uint32_t bytes)
{
    fetch_t *const fetch = &fetches[ticket];
    osc_l3_wait(ticket);
    fetch->l2 = l2;
    fetch->address = flash_begin + (uint32_t)((uintptr_t)far - far_begin);
    fetch->bytes = bytes;
    fetch->done = 0;
    fetch->started = 1;
    pi_cl_send_task_to_fc(&fetch->request);
}

void osc_l3_wait(int ticket)
{
    if (fetches[ticket].started) {
        cl_wait_task(&fetches[ticket].done);
    }
}
