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
} forked_t;

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
} l3_transfer_t;

static copy_t copies[OSC_TRANSFERS];
static l3_transfer_t l3_transfers[OSC_TRANSFERS];
static struct pi_device *flash;
static uintptr_t l3_begin;
static uint32_t flash_begin;
static uint32_t of_workers, of_all;
static int has_barriers;

/* Core 8 is the controller, of however many workers. */
static void run_forked(void *argument)
{
    const forked_t *const forked = argument;
    const int core = (int)pi_core_id();
    forked->task(forked->argument, core < OSC_WORKERS ? core : OSC_WORKERS);
}

void osc_fork(osc_task_t *task, void *argument)
{
    forked_t forked = {task, argument};
    if (!has_barriers) {
        const uint32_t workers = (1u << OSC_WORKERS) - 1u;
        of_workers = pi_cl_team_barrier_alloc();
        of_all = pi_cl_team_barrier_alloc();
        pi_cl_team_barrier_set(of_workers, workers);
        pi_cl_team_barrier_set(of_all, workers | 1u << CONTROLLER);
        has_barriers = 1;
    }
    pi_cl_team_fork_cc(OSC_WORKERS, run_forked, &forked);
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

void osc_dma_issue(int id, void *l1, const void *l2, uint32_t bytes)
{
    copy_t *const copy = &copies[id];
    osc_dma_wait(id);
    pi_cl_dma_cmd((uint32_t)(uintptr_t)l2, (uint32_t)(uintptr_t)l1, bytes, PI_CL_DMA_DIR_EXT2LOC, &copy->command);
    copy->under_way = 1;
}

void osc_dma_wait(int id)
{
    copy_t *const copy = &copies[id];
    if (copy->under_way) {
        pi_cl_dma_cmd_wait(&copy->command);
        copy->under_way = 0;
    }
}

static void read_flash(void *argument);

/* On the fabric controller, which has to prepare the next request of this kind too. */
static void end_l3_transfer(void *argument)
{
    l3_transfer_t *const transfer = argument;
    pi_task_callback(&transfer->request, read_flash, transfer);
    cl_notify_task_done(&transfer->done, 0);
}

static void read_flash(void *argument)
{
    l3_transfer_t *const transfer = argument;
    pi_task_t *const finished = pi_task_callback(&transfer->finished, end_l3_transfer, transfer);
    pi_flash_read_async(flash, transfer->address, transfer->l2, transfer->bytes, finished);
}

void osc_pmsis_open(struct pi_device *device, const void *l3, uint32_t address)
{
    flash = device;
    l3_begin = (uintptr_t)l3;
    flash_begin = address;
    for (int i = 0; i < OSC_TRANSFERS; i++) {
        pi_task_callback(&l3_transfers[i].request, read_flash, &l3_transfers[i]);
    }
}

void osc_l3_issue(int id, void *l2, const void *l3, uint32_t bytes)
{
    l3_transfer_t *const transfer = &l3_transfers[id];
    osc_l3_wait(id);
    transfer->l2 = l2;
    transfer->address = flash_begin + (uint32_t)((uintptr_t)l3 - l3_begin);
    transfer->bytes = bytes;
    transfer->done = 0;
    transfer->started = 1;
    pi_cl_send_task_to_fc(&transfer->request);
}

void osc_l3_wait(int id)
{
    if (l3_transfers[id].started) {
        cl_wait_task(&l3_transfers[id].done);
    }
}
