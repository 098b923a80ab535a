/* The cluster on a host with POSIX threads: a thread for each worker, one that copies from L2 to L1, and one that copies
 * from the memory behind L2. There is one cluster in a process: where several threads run programs on it, their forks
 * take turns and their transfers queue up. Threads start with the first use, and end with the process.
 *
 * Nothing waits by computing, since there may be fewer cores than threads. The controller and an engine meet at the
 * two doors of each transfer and nowhere else, so that a race detector sees every wait that is missing: with a lock
 * on the queue, to start the next transfer would be to wait for those that have ended by then. */
#define _POSIX_C_SOURCE 200809L

#include "osc_cluster.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    int open;
} door_t;

/* Where `size` threads wait for each other, time and again. */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t complete;
    int size, arrived;
    unsigned round;
} meeting_t;

typedef struct {
    void *to;
    const void *from;
    uint32_t bytes;
    door_t ready, done;
} transfer_t;

/* Copies one after another. The places of the queue are taken in turn, again and again. */
typedef struct {
    pthread_mutex_t mutex; /* among controllers: the engine's thread does not take it */
    transfer_t queue[OSC_TRANSFERS];
    unsigned started;
    transfer_t *latest[OSC_TRANSFERS]; /* of each ticket */
} engine_t;

static struct {
    pthread_mutex_t forking;
    meeting_t team, workers; /* the former with the controller */
    osc_task_t *task;
    void *argument;
    int number[OSC_WORKERS];
    engine_t dma, far;
} cluster;

static const pthread_once_t never = PTHREAD_ONCE_INIT;
static pthread_once_t begun = PTHREAD_ONCE_INIT;

static void open_door(door_t *door)
{
    pthread_mutex_lock(&door->mutex);
    door->open = 1;
    pthread_cond_broadcast(&door->opened);
    pthread_mutex_unlock(&door->mutex);
}

/* Waits until a door is open, and leaves it open or closed behind. */
static void pass_door(door_t *door, int leave_open)
{
    pthread_mutex_lock(&door->mutex);
    while (!door->open) {
        pthread_cond_wait(&door->opened, &door->mutex);
    }
    door->open = leave_open;
    pthread_mutex_unlock(&door->mutex);
}

static void meet(meeting_t *meeting)
{
    pthread_mutex_lock(&meeting->mutex);
    const unsigned round = meeting->round;
    if (++meeting->arrived == meeting->size) {
        meeting->arrived = 0;
        meeting->round++;
        pthread_cond_broadcast(&meeting->complete);
    }
    while (round == meeting->round) {
        pthread_cond_wait(&meeting->complete, &meeting->mutex);
    }
    pthread_mutex_unlock(&meeting->mutex);
}

static void *work(void *number)
{
    for (;;) {
        meet(&cluster.team);
        cluster.task(cluster.argument, *(const int *)number);
        meet(&cluster.team);
    }
    return NULL;
}

static void *copy(void *argument)
{
    engine_t *const engine = argument;
    for (unsigned i = 0;; i++) {
        transfer_t *const transfer = &engine->queue[i % OSC_TRANSFERS];
        pass_door(&transfer->ready, 0);
        memcpy(transfer->to, transfer->from, transfer->bytes);
        open_door(&transfer->done);
    }
    return NULL;
}

static void require(int error)
{
    if (error != 0) {
        abort();
    }
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

static void begin_door(door_t *door, int open)
{
    require(pthread_mutex_init(&door->mutex, NULL));
    require(pthread_cond_init(&door->opened, NULL));
    door->open = open;
}

static void begin_meeting(meeting_t *meeting, int size)
{
    require(pthread_mutex_init(&meeting->mutex, NULL));
    require(pthread_cond_init(&meeting->complete, NULL));
    meeting->size = size;
}

static void begin_engine(engine_t *engine)
{
    require(pthread_mutex_init(&engine->mutex, NULL));
    for (int i = 0; i < OSC_TRANSFERS; i++) {
        begin_door(&engine->queue[i].ready, 0);
        begin_door(&engine->queue[i].done, 1);
    }
    begin_thread(copy, engine);
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
    begin_meeting(&cluster.team, OSC_WORKERS + 1);
    begin_meeting(&cluster.workers, OSC_WORKERS);
    begin_engine(&cluster.dma);
    begin_engine(&cluster.far);
    for (int i = 0; i < OSC_WORKERS; i++) {
        cluster.number[i] = i;
        begin_thread(work, &cluster.number[i]);
    }
}

void osc_fork(osc_task_t *task, void *argument)
{
    require(pthread_once(&begun, begin));
    pthread_mutex_lock(&cluster.forking);
    cluster.task = task;
    cluster.argument = argument;
    meet(&cluster.team);
    task(argument, OSC_WORKERS);
    meet(&cluster.team);
    pthread_mutex_unlock(&cluster.forking);
}

void osc_meet(void)
{
    meet(&cluster.team);
}

void osc_barrier(void)
{
    meet(&cluster.workers);
}

static void start(engine_t *engine, int ticket, void *to, const void *from, uint32_t bytes)
{
    assert(0 <= ticket && ticket < OSC_TRANSFERS);
    assert(((uintptr_t)to | (uintptr_t)from | bytes) % 8 == 0);
    pthread_mutex_lock(&engine->mutex);
    transfer_t *const transfer = &engine->queue[engine->started++ % OSC_TRANSFERS];
    pass_door(&transfer->done, 0);
    transfer->to = to;
    transfer->from = from;
    transfer->bytes = bytes;
    engine->latest[ticket] = transfer;
    open_door(&transfer->ready);
    pthread_mutex_unlock(&engine->mutex);
}

static void wait_for(engine_t *engine, int ticket)
{
    assert(0 <= ticket && ticket < OSC_TRANSFERS);
    pthread_mutex_lock(&engine->mutex);
    transfer_t *const transfer = engine->latest[ticket];
    pthread_mutex_unlock(&engine->mutex);
    if (transfer != NULL) {
        pass_door(&transfer->done, 1);
    }
}

void osc_dma_start(int ticket, void *l1, const void *l2, uint32_t bytes)
{
    require(pthread_once(&begun, begin));
    start(&cluster.dma, ticket, l1, l2, bytes);
}

void osc_dma_wait(int ticket)
{
    require(pthread_once(&begun, begin));
    wait_for(&cluster.dma, ticket);
}

void osc_far_start(int ticket, void *l2, const void *far, uint32_t bytes)
{
    require(pthread_once(&begun, begin));
    start(&cluster.far, ticket, l2, far, bytes);
}

void osc_far_wait(int ticket)
{
    require(pthread_once(&begun, begin));
    wait_for(&cluster.far, ticket);
}
