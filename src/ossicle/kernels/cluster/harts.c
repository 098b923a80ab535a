/* SPDX-License-Identifier: Apache-2.0 */
/* Bare-metal harts of the machine "virt" of QEMU, with atomics. There is no engine to copy: the controller itself
 * does, when a transfer is issued. */
#include "osc_bare.h"

/* A barrier of all harts up to `harts`. The last to come begins the next round, and wakes the others by their
 * software interrupts, which are enabled but not taken: they only end a wfi. */
typedef struct {
    uint32_t harts;
    uint32_t come;
    uint32_t round;
} barrier_t;

static barrier_t fork_barrier = {OSC_WORKERS + 1, 0, 0};
static barrier_t join_barrier = {OSC_WORKERS + 1, 0, 0};
static barrier_t worker_barrier = {OSC_WORKERS, 0, 0};

static volatile uint32_t *software_interrupt(uint32_t hart)
{
    return (volatile uint32_t *)(0x02000000u + 4 * hart);
}

static uint32_t own_number(void)
{
    uint32_t hart;
    __asm__ volatile("csrr %0, mhartid" : "=r"(hart));
    return hart;
}

static void pass(barrier_t *barrier)
{
    const uint32_t own = own_number();
    const uint32_t round = __atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&barrier->come, 1, __ATOMIC_ACQ_REL) == barrier->harts) {
        barrier->come = 0;
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
        __asm__ volatile("fence" ::: "memory");
        for (uint32_t hart = 0; hart < barrier->harts; hart++) {
            if (hart != own) {
                *software_interrupt(hart) = 1;
            }
        }
        return;
    }
    for (;;) {
        /* Cleared before the look: what the last one sets afterwards ends the wfi. */
        *software_interrupt(own) = 0;
        __asm__ volatile("fence" ::: "memory");
        if (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) != round) {
            return;
        }
        __asm__ volatile("csrsi mie, 8\n\twfi" ::: "memory");
    }
}

static void osc_barrier_fork(void)
{
    pass(&fork_barrier);
}

static void osc_barrier_join(void)
{
    pass(&join_barrier);
}

#include "osc_bare_fork.h"

void osc_barrier(void)
{
    pass(&worker_barrier);
}

void osc_dma_issue(int id, void *l1, const void *l2, uint32_t bytes)
{
    (void)id;
    osc_copy(l1, l2, bytes);
}

void osc_dma_wait(int id)
{
    (void)id;
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
