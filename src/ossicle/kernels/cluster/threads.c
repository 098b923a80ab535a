/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster on a host with POSIX threads: a thread for each worker, one that copies from L2 to L1, and one that
 * copies from L3. There is one cluster in a process: where several threads run programs on it, their forks
 * take turns and their transfers queue up. Threads start with the first use, and end with the process.
 *
 * Nothing waits by computing, since there may be fewer cores than threads. Every signal is a semaphore between two
 * threads, so that a race detector sees each wait and each barrier that is missing: it takes whoever locks a mutex
 * as having waited for all that was done before it was last unlocked, and with one around the queue or the threads it
 * would take the early ones as waited for. */
#define _POSIX_C_SOURCE 200809L

#include "osc_cluster.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    void *to;
    const void *from;
    uint32_t bytes;
    sem_t ready, done;
} transfer_t;

/* Copies one after another. The places of the queue are taken in turn, again and again. */
typedef struct {
    pthread_mutex_t mutex; /* among controllers: the engine's thread does not take it */
    transfer_t queue[OSC_TRANSFERS];
    unsigned started;
    transfer_t *latest[OSC_TRANSFERS]; /* of each transfer id */
} engine_t;

typedef struct {
    int number;
    sem_t go, back;
} worker_t;

/* Where `size` threads wait for each other, time and again. */
typedef struct {
    pthread_mutex_t arriving;
    int size, arrived;
    unsigned round;
    sem_t leave[2][OSC_WORKERS + 1]; /* in even and odd rounds, in the order in which the threads arrive */
} barrier_t;

static struct {
    pthread_mutex_t forking;
    osc_task_t *task;
    void *argument;
    worker_t workers[OSC_WORKERS];
    engine_t dma, l3;
    barrier_t of_workers, of_all;
} cluster;

static const pthread_once_t never = PTHREAD_ONCE_INIT;
static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void require(int error)
{
    if (error != 0) {
        abort();
    }
}

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
        require(errno != EINTR);
    }
}

static void *run_worker(void *argument)
{
    worker_t *const worker = argument;
    for (;;) {
        await(&worker->go);
        cluster.task(cluster.argument, worker->number);
        require(sem_post(&worker->back));
    }
    return NULL;
}

static void *copy(void *argument)
{
    engine_t *const engine = argument;
    for (unsigned i = 0;; i++) {
        transfer_t *const transfer = &engine->queue[i % OSC_TRANSFERS];
        await(&transfer->ready);
        memcpy(transfer->to, transfer->from, transfer->bytes);
        require(sem_post(&transfer->done));
    }
    return NULL;
}

/* A thread that is sent no signals: those of a process are for its own threads. */
static void begin_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    require(pthread_sigmask(SIG_SETMASK, &all, &before));
    require(pthread_create(&thread, NULL, run, argument));
    require(pthread_sigmask(SIG_SETMASK, &before, NULL));
    require(pthread_detach(thread));
}

static void begin_engine(engine_t *engine)
{
    require(pthread_mutex_init(&engine->mutex, NULL));
    for (int i = 0; i < OSC_TRANSFERS; i++) {
        require(sem_init(&engine->queue[i].ready, 0, 0));
        require(sem_init(&engine->queue[i].done, 0, 1));
    }
    begin_thread(copy, engine);
}

static void begin_barrier(barrier_t *barrier, int size)
{
    require(pthread_mutex_init(&barrier->arriving, NULL));
    barrier->size = size;
    for (int i = 0; i < 2 * size; i++) {
        require(sem_init(&barrier->leave[i % 2][i / 2], 0, 0));
    }
}

/* After a process forked, the child has none of its parent's threads. */
static void forget(void)
{
    begun = never;
}

static void begin(void)
{
    memset(&cluster, 0, sizeof cluster);
    require(pthread_atfork(NULL, NULL, forget));
    require(pthread_mutex_init(&cluster.forking, NULL));
    begin_barrier(&cluster.of_workers, OSC_WORKERS);
    begin_barrier(&cluster.of_all, OSC_WORKERS + 1);
    begin_engine(&cluster.dma);
    begin_engine(&cluster.l3);
    for (int i = 0; i < OSC_WORKERS; i++) {
        worker_t *const worker = &cluster.workers[i];
        worker->number = i;
        require(sem_init(&worker->go, 0, 0));
        require(sem_init(&worker->back, 0, 0));
        begin_thread(run_worker, worker);
    }
}

void osc_fork(osc_task_t *task, void *argument)
{
    require(pthread_once(&begun, begin));
    pthread_mutex_lock(&cluster.forking);
    cluster.task = task;
    cluster.argument = argument;
    for (int i = 0; i < OSC_WORKERS; i++) {
        require(sem_post(&cluster.workers[i].go));
    }
    task(argument, OSC_WORKERS);
    for (int i = 0; i < OSC_WORKERS; i++) {
        await(&cluster.workers[i].back);
    }
    pthread_mutex_unlock(&cluster.forking);
}

/* Nobody arrives in a round before all have left the last but one. */
static void pass(barrier_t *barrier)
{
    pthread_mutex_lock(&barrier->arriving);
    sem_t *const leave = barrier->leave[barrier->round % 2];
    const int place = barrier->arrived++;
    const int last = barrier->arrived == barrier->size;
    if (last) {
        barrier->arrived = 0;
        barrier->round++;
    }
    pthread_mutex_unlock(&barrier->arriving);
    for (int i = 0; last && i < barrier->size; i++) {
        require(sem_post(&leave[i]));
    }
    await(&leave[place]);
}

void osc_barrier(void)
{
    pass(&cluster.of_workers);
}

void osc_barrier_all(void)
{
    pass(&cluster.of_all);
}

static void issue(engine_t *engine, int id, void *to, const void *from, uint32_t bytes)
{
    assert(0 <= id && id < OSC_TRANSFERS);
    assert(((uintptr_t)to | (uintptr_t)from | bytes) % 8 == 0);
    pthread_mutex_lock(&engine->mutex);
    transfer_t *const transfer = &engine->queue[engine->started++ % OSC_TRANSFERS];
    await(&transfer->done);
    transfer->to = to;
    transfer->from = from;
    transfer->bytes = bytes;
    engine->latest[id] = transfer;
    require(sem_post(&transfer->ready));
    pthread_mutex_unlock(&engine->mutex);
}

static void wait_for(engine_t *engine, int id)
{
    assert(0 <= id && id < OSC_TRANSFERS);
    pthread_mutex_lock(&engine->mutex);
    transfer_t *const transfer = engine->latest[id];
    pthread_mutex_unlock(&engine->mutex);
    if (transfer != NULL) {
        await(&transfer->done);
        require(sem_post(&transfer->done));
    }
}

void osc_dma_issue(int id, void *l1, const void *l2, uint32_t bytes)
{
    require(pthread_once(&begun, begin));
    issue(&cluster.dma, id, l1, l2, bytes);
}

void osc_dma_wait(int id)
{
    require(pthread_once(&begun, begin));
    wait_for(&cluster.dma, id);
}

void osc_l3_issue(int id, void *l2, const void *l3, uint32_t bytes)
{
    require(pthread_once(&begun, begin));
    issue(&cluster.l3, id, l2, l3, bytes);
}

void osc_l3_wait(int id)
{
    require(pthread_once(&begun, begin));
    wait_for(&cluster.l3, id);
}
