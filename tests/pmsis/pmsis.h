/* What the programs for GAP9 use of PMSIS, on threads of this computer: see mock.c. */
#ifndef PMSIS_H
#define PMSIS_H

#include <stdint.h>
#include <stdio.h>

#define PI_CL_L1

struct pi_device {
    void *conf;
};

void pi_open_from_conf(struct pi_device *device, void *conf);
int pmsis_kickoff(void *entry);
void pmsis_exit(int error);

typedef struct {
    void (*callback)(void *);
    void *argument;
    int prepared;
} pi_task_t;

pi_task_t *pi_task_callback(pi_task_t *task, void (*callback)(void *), void *argument);

struct pi_cluster_conf {
    int id;
};

struct pi_cluster_task {
    void (*entry)(void *);
    void *argument;
};

void pi_cluster_conf_init(struct pi_cluster_conf *conf);
int pi_cluster_open(struct pi_device *device);
int pi_cluster_close(struct pi_device *device);
struct pi_cluster_task *pi_cluster_task(struct pi_cluster_task *task, void (*entry)(void *), void *argument);
int pi_cluster_send_task(struct pi_device *device, struct pi_cluster_task *task);

int pi_core_id(void);
void pi_cl_team_fork_cc(int cores, void (*entry)(void *), void *argument);
uint32_t pi_cl_team_barrier_alloc(void);
void pi_cl_team_barrier_set(uint32_t barrier, uint32_t mask);
void pi_cl_team_barrier_wait(uint32_t barrier);

typedef enum { PI_CL_DMA_DIR_LOC2EXT, PI_CL_DMA_DIR_EXT2LOC } pi_cl_dma_dir_e;
typedef struct {
    void *transfer;
} pi_cl_dma_cmd_t;

void pi_cl_dma_cmd(uint32_t ext, uint32_t loc, uint32_t size, pi_cl_dma_dir_e dir, pi_cl_dma_cmd_t *cmd);
void pi_cl_dma_cmd_wait(pi_cl_dma_cmd_t *cmd);

void pi_cl_send_task_to_fc(pi_task_t *task);
void cl_wait_task(uint8_t *done);
void cl_notify_task_done(uint8_t *done, uint8_t cluster);

#endif
