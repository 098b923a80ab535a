#ifndef BSP_FLASH_H
#define BSP_FLASH_H

#include "pmsis.h"

int pi_flash_open(struct pi_device *device);
void pi_flash_read_async(struct pi_device *device, uint32_t address, void *data, uint32_t size, pi_task_t *task);

#endif
