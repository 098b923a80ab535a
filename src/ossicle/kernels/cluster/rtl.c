/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster of the RTL testbench: barriers and waits are loads that the testbench answers late. It has no L3, so the
 * controller itself copies what would come from there. */
#include "osc_rtl.h"

#include "osc_bare.h"

/* Loads a register, with all accesses that the program has before it done and none that it has after it. */
static void wait_for(uint32_t number)
{
    __asm__ volatile("" ::: "memory");
    (void)OSC_RTL(number);
    __asm__ volatile("" ::: "memory");
}

static void osc_barrier_fork(void)
{
    wait_for(OSC_RTL_FORK);
}

static void osc_barrier_join(void)
{
    wait_for(OSC_RTL_JOIN);
}

#include "osc_bare_fork.h"

void osc_barrier(void)
{
    wait_for(OSC_RTL_BARRIER);
}

void osc_dma_issue(int id, void *l1, const void *l2, uint32_t bytes)
{
    __asm__ volatile("" ::: "memory");
    OSC_RTL(OSC_RTL_DMA_L1) = (uint32_t)(uintptr_t)l1;
    OSC_RTL(OSC_RTL_DMA_L2) = (uint32_t)(uintptr_t)l2;
    OSC_RTL(OSC_RTL_DMA_BYTES) = bytes;
    OSC_RTL(OSC_RTL_DMA_START) = (uint32_t)id;
}

void osc_dma_wait(int id)
{
    wait_for(OSC_RTL_DMA_WAIT + (uint32_t)id);
}

void osc_l3_issue(int id, void *l2, const void *l3, uint32_t bytes)
{
    (void)id;
    osc_copy(l2, l3, bytes);
}

void osc_l3_wait(int id)
{
    (void)id;
}
