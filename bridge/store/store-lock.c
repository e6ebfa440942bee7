#include "bridge/store/store-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"

#define HOLDER_SIZE 160

// "process 4711 on host": what the holder wrote; it may not have come to it yet.
static void read_holder(int fd, char ret[HOLDER_SIZE])
{
    ssize_t n = pread(fd, ret, HOLDER_SIZE - 1, 0);
    size_t len = n > 0 ? (size_t)n : 0;
    ret[len] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    if (ret[0] == '\0') {
        (void)snprintf(ret, HOLDER_SIZE, "another process");
    }
}

static int write_holder(int fd)
{
    char host[64] = "";
    (void)gethostname(host, sizeof(host) - 1);
    char line[HOLDER_SIZE];
    int len = snprintf(line, sizeof(line), "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) < 0 || pwrite(fd, line, (size_t)len, 0) != len) {
        return errno ? -errno : -EIO;
    }
    return 0;
}

int store_lock_take(const char *path, int *ret_fd, struct problem **reterr)
{
    AUTO_FREE char *lock_path = str_printf("%s.lock", path);
    if (!lock_path) {
        return -ENOMEM;
    }
    AUTO_CLOSE int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -errno;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK) {
            return -errno;
        }
        char holder[HOLDER_SIZE];
        read_holder(fd, holder);
        return problem_set(reterr, -EBUSY, "store_locked",
                           "%s is in use by another pollbridge (%s): stop that one, or give this "
                           "one a store.path of its own",
                           path, holder);
    }
    errno = 0;
    int r = write_holder(fd);
    if (r < 0) {
        return r;
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}
