#ifndef BSP_FS_HOSTFS_H
#define BSP_FS_HOSTFS_H

#include "pmsis.h"

#define PI_FS_FLAGS_READ 0
#define PI_FS_FLAGS_WRITE 1

struct pi_hostfs_conf {
    int type;
};

void pi_hostfs_conf_init(struct pi_hostfs_conf *conf);
int32_t pi_fs_mount(struct pi_device *device);
void pi_fs_unmount(struct pi_device *device);
void *pi_fs_open(struct pi_device *device, const char *name, int flags);
void pi_fs_close(void *file);
int32_t pi_fs_read(void *file, void *buffer, uint32_t size);
int32_t pi_fs_write(void *file, void *buffer, uint32_t size);

#endif
