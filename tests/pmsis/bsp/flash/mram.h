#ifndef BSP_FLASH_MRAM_H
#define BSP_FLASH_MRAM_H

#include "bsp/flash.h"

struct pi_mram_conf {
    int itf;
};

void pi_mram_conf_init(struct pi_mram_conf *conf);

#endif
