/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded before the C library: fails one of the calls by which a program changes files, or ends the program at it.
 *
 * All processes of a command share the file that $OSSICLE_FAULT names: how many such calls there were, at which of them the
 * fault is, and of what kind. Calls on pipes, terminals, standard error and pseudo files do not count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NONE, FULL, ERROR, KILL, SHORT };

struct control {
    long calls;
    long at;   /* the first call is 1 */
    long kind;
    char what[232];
};

static struct control *control(void)
{
    static struct control *mapped;
    const char *path = getenv("OSSICLE_FAULT");
    if (!path) return NULL;
    if (!mapped) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
        if (file < 0) return NULL;
        void *at = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        syscall(SYS_close, file);
        if (at != MAP_FAILED) mapped = at;
    }
    return mapped;
}

/* What is to happen at this call. `takes` says whether it takes room on a disk, as all of them do not on a full one. */
static enum kind next_call(const char *call, const char *path, int takes)
{
    struct control *c = control();
    if (!c) return NONE;
    long number = __atomic_add_fetch(&c->calls, 1, __ATOMIC_SEQ_CST);
    if (number == c->at) snprintf(c->what, sizeof c->what, "%s %s", call, path ? path : "");
    if (c->kind == FULL && number >= c->at && c->at > 0) {
        if (takes) errno = ENOSPC;
        return takes ? FULL : NONE;
    }
    if (number != c->at) return NONE;
    if (c->kind == ERROR) errno = EIO;
    if (c->kind == KILL && strcmp(call, "write")) kill(getpid(), SIGKILL);
    return c->kind == SHORT && strcmp(call, "write") ? NONE : (enum kind)c->kind;
}

static int pseudo(const char *path)
{
    return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5);
}

static int fails(enum kind kind) { return kind == FULL || kind == ERROR; }

static int regular(int file)
{
    struct stat found;
    int kept = errno;
    int is = file != 2 && !fstat(file, &found) && S_ISREG(found.st_mode);
    errno = kept;
    return is;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t bytes)
{
    if (regular(file)) {
        enum kind kind = next_call("write", NULL, 1);
        if (fails(kind)) return -1;
        if (kind == SHORT && bytes > 1) bytes /= 2;
        if (kind == KILL) {
            syscall(SYS_write, file, data, bytes / 2);
            kill(getpid(), SIGKILL);
        }
    }
    return syscall(SYS_write, file, data, bytes);
}

static int opens(const char *path, int flags)
{
    if (!(flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) || pseudo(path)) return 1;
    return !fails(next_call("open", path, flags & (O_CREAT | O_TRUNC)));
}

#define OPEN(name, folder, at)                                       \
    {                                                                \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; \
        va_end(rest);                                                \
        if (!opens(path, flags)) return -1;                          \
        return (int)syscall(SYS_openat, at, path, flags, mode);      \
    }
int open(const char *path, int flags, ...) OPEN(open, , AT_FDCWD)
int open64(const char *path, int flags, ...) OPEN(open64, , AT_FDCWD)
int openat(int folder, const char *path, int flags, ...) OPEN(openat, folder, folder)
int openat64(int folder, const char *path, int flags, ...) OPEN(openat64, folder, folder)

FILE *fopen(const char *path, const char *mode)
{
    if (strpbrk(mode, "wa+") && !pseudo(path) && fails(next_call("open", path, 1))) return NULL;
    return NEXT(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    if (strpbrk(mode, "wa+") && !pseudo(path) && fails(next_call("open", path, 1))) return NULL;
    return NEXT(fopen64)(path, mode);
}

/* A call that fails or is made, by name, parameters, arguments, the path that it is about, and whether it takes room. */
#define CALL(type, name, parameters, arguments, path, takes)              \
    type name parameters                                                  \
    {                                                                     \
        if (fails(next_call(#name, path, takes))) return -1;              \
        return NEXT(name) arguments;                                      \
    }
#define FILE_CALL(type, name, parameters, arguments, takes)                           \
    type name parameters                                                              \
    {                                                                                 \
        if (regular(file) && fails(next_call(#name, NULL, takes))) return -1;         \
        return NEXT(name) arguments;                                                  \
    }
CALL(int, rename, (const char *from, const char *to), (from, to), to, 1)
CALL(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), to, 1)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), path, 1)
CALL(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), path, 1)
CALL(int, unlink, (const char *path), (path), path, 0)
CALL(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), path, 0)
CALL(int, rmdir, (const char *path), (path), path, 0)
CALL(int, symlink, (const char *from, const char *to), (from, to), to, 1)
CALL(int, chmod, (const char *path, mode_t mode), (path, mode), path, 0)
FILE_CALL(ssize_t, pwrite, (int file, const void *data, size_t bytes, off_t at), (file, data, bytes, at), 1)
FILE_CALL(ssize_t, pwrite64, (int file, const void *data, size_t bytes, off64_t at), (file, data, bytes, at), 1)
FILE_CALL(ssize_t, sendfile, (int file, int from, off_t *at, size_t bytes), (file, from, at, bytes), 1)
FILE_CALL(ssize_t, sendfile64, (int file, int from, off64_t *at, size_t bytes), (file, from, at, bytes), 1)
FILE_CALL(int, ftruncate, (int file, off_t bytes), (file, bytes), 0)
FILE_CALL(int, ftruncate64, (int file, off64_t bytes), (file, bytes), 0)
FILE_CALL(int, fsync, (int file), (file), 1)
FILE_CALL(int, fdatasync, (int file), (file), 1)
