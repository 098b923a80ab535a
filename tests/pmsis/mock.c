/* PMSIS on threads of this computer, and as strict as its documentation: a task for the fabric controller has to be
 * prepared there and anew for each use, a transfer is waited for once, and tasks and waits have their side. A flash
 * holds at each address what this computer has there; link without PIE, so that addresses have 32 bits. */
#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bsp/flash/mram.h"
#include "bsp/fs/hostfs.h"

#define CONTROLLER 8
#define FABRIC (-1)

typedef struct {
    pthread_t thread;
    void (*run)(void *);
    void *argument;
    int core;
} start_t;

typedef struct {
    pthread_t thread;
    void *to;
    const void *from;
    uint32_t size;
    pi_task_t *after;
} transfer_t;

static __thread int core = FABRIC;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pi_task_t *events[64];
static unsigned first_event, last_event;
static pthread_barrier_t barriers[4];
static uint32_t barrier_count;
static int cluster_is_open;

static void *on_core(void *argument)
{
    const start_t *const start = argument;
    core = start->core;
    start->run(start->argument);
    return NULL;
}

static void begin(start_t *start)
{
    assert(pthread_create(&start->thread, NULL, on_core, start) == 0);
}

/* The fabric controller's events, one after another. */
static void *run_events(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (first_event == last_event) {
            pthread_cond_wait(&changed, &mutex);
        }
        pi_task_t *const task = events[first_event++ % 64];
        pthread_mutex_unlock(&mutex);
        assert(task->prepared);
        task->prepared = 0;
        task->callback(task->argument);
    }
    return unused;
}

static void push(pi_task_t *task)
{
    pthread_mutex_lock(&mutex);
    events[last_event++ % 64] = task;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void *copy(void *argument)
{
    transfer_t *const transfer = argument;
    memcpy(transfer->to, transfer->from, transfer->size);
    if (transfer->after != NULL) {
        push(transfer->after);
        pthread_detach(pthread_self());
        free(transfer);
    }
    return NULL;
}

static transfer_t *begin_copy(void *to, const void *from, uint32_t size, pi_task_t *after)
{
    transfer_t *const transfer = malloc(sizeof *transfer);
    *transfer = (transfer_t){.to = to, .from = from, .size = size, .after = after};
    pthread_t thread;
    assert(pthread_create(&thread, NULL, copy, transfer) == 0);
    if (after == NULL) {
        transfer->thread = thread;
    }
    return transfer;
}

void pi_open_from_conf(struct pi_device *device, void *conf)
{
    device->conf = conf;
}

int pmsis_kickoff(void *entry)
{
    pthread_t thread;
    assert(pthread_create(&thread, NULL, run_events, NULL) == 0);
    ((void (*)(void))entry)();
    return 0;
}

void pmsis_exit(int error)
{
    exit(error);
}

pi_task_t *pi_task_callback(pi_task_t *task, void (*callback)(void *), void *argument)
{
    assert(core == FABRIC);
    task->callback = callback;
    task->argument = argument;
    task->prepared = 1;
    return task;
}

void pi_cluster_conf_init(struct pi_cluster_conf *conf)
{
    conf->id = 0;
}

int pi_cluster_open(struct pi_device *device)
{
    cluster_is_open = device->conf != NULL;
    return cluster_is_open ? 0 : -1;
}

int pi_cluster_close(struct pi_device *device)
{
    device->conf = NULL;
    cluster_is_open = 0;
    return 0;
}

struct pi_cluster_task *pi_cluster_task(struct pi_cluster_task *task, void (*entry)(void *), void *argument)
{
    task->entry = entry;
    task->argument = argument;
    return task;
}

int pi_cluster_send_task(struct pi_device *device, struct pi_cluster_task *task)
{
    start_t controller = {.run = task->entry, .argument = task->argument, .core = CONTROLLER};
    assert(cluster_is_open && device->conf != NULL && core == FABRIC);
    begin(&controller);
    pthread_join(controller.thread, NULL);
    return 0;
}

int pi_core_id(void)
{
    return core;
}

void pi_cl_team_fork_cc(int cores, void (*entry)(void *), void *argument)
{
    start_t team[CONTROLLER];
    assert(core == CONTROLLER && 0 < cores && cores <= CONTROLLER);
    for (int i = 0; i < cores; i++) {
        team[i] = (start_t){.run = entry, .argument = argument, .core = i};
        begin(&team[i]);
    }
    entry(argument);
    for (int i = 0; i < cores; i++) {
        pthread_join(team[i].thread, NULL);
    }
}

uint32_t pi_cl_team_barrier_alloc(void)
{
    assert(core == CONTROLLER && barrier_count < 4);
    return barrier_count++;
}

void pi_cl_team_barrier_set(uint32_t barrier, uint32_t mask)
{
    unsigned cores = 0;
    for (; mask != 0; mask &= mask - 1) {
        cores++;
    }
    assert(pthread_barrier_init(&barriers[barrier], NULL, cores) == 0);
}

void pi_cl_team_barrier_wait(uint32_t barrier)
{
    assert(0 <= core && core <= CONTROLLER);
    pthread_barrier_wait(&barriers[barrier]);
}

void pi_cl_dma_cmd(uint32_t ext, uint32_t loc, uint32_t size, pi_cl_dma_dir_e dir, pi_cl_dma_cmd_t *cmd)
{
    assert(core >= 0 && dir == PI_CL_DMA_DIR_EXT2LOC);
    cmd->transfer = begin_copy((void *)(uintptr_t)loc, (const void *)(uintptr_t)ext, size, NULL);
}

void pi_cl_dma_cmd_wait(pi_cl_dma_cmd_t *cmd)
{
    transfer_t *const transfer = cmd->transfer;
    assert(core >= 0 && transfer != NULL);
    pthread_join(transfer->thread, NULL);
    free(transfer);
    cmd->transfer = NULL;
}

void pi_cl_send_task_to_fc(pi_task_t *task)
{
    assert(core == CONTROLLER);
    push(task);
}

void cl_wait_task(uint8_t *done)
{
    assert(core == CONTROLLER);
    pthread_mutex_lock(&mutex);
    while (!*done) {
        pthread_cond_wait(&changed, &mutex);
    }
    pthread_mutex_unlock(&mutex);
}

void cl_notify_task_done(uint8_t *done, uint8_t cluster)
{
    assert(core == FABRIC && cluster == 0);
    pthread_mutex_lock(&mutex);
    *done = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

void pi_mram_conf_init(struct pi_mram_conf *conf)
{
    conf->itf = 0;
}

int pi_flash_open(struct pi_device *device)
{
    return device->conf != NULL ? 0 : -1;
}

void pi_flash_read_async(struct pi_device *device, uint32_t address, void *data, uint32_t size, pi_task_t *task)
{
    assert(core == FABRIC && device->conf != NULL);
    begin_copy(data, (const void *)(uintptr_t)address, size, task);
}

void pi_hostfs_conf_init(struct pi_hostfs_conf *conf)
{
    conf->type = 0;
}

int32_t pi_fs_mount(struct pi_device *device)
{
    return device->conf != NULL ? 0 : -1;
}

void pi_fs_unmount(struct pi_device *device)
{
    device->conf = NULL;
}

void *pi_fs_open(struct pi_device *device, const char *name, int flags)
{
    assert(device->conf != NULL);
    return fopen(name, flags == PI_FS_FLAGS_WRITE ? "wb" : "rb");
}

void pi_fs_close(void *file)
{
    fclose(file);
}

int32_t pi_fs_read(void *file, void *buffer, uint32_t size)
{
    return (int32_t)fread(buffer, 1, size, file);
}

int32_t pi_fs_write(void *file, void *buffer, uint32_t size)
{
    return (int32_t)fwrite(buffer, 1, size, file);
}
