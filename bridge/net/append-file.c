#include "bridge/net/append-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "bridge/base/str.h"

#define PIPE_PATIENCE_MS 5000

int append_file_init(struct append_file *file, const char *path)
{
    *file = (struct append_file){ .path = strdup(path), .fd = -1 };
    return file->path ? 0 : -ENOMEM;
}

static bool is_stdout(const struct append_file *file)
{
    return str_eq(file->path, "-");
}

static void close_file(struct append_file *file)
{
    if (file->fd >= 0 && !is_stdout(file)) {
        (void)close(file->fd);
    }
    file->fd = -1;
}

void append_file_deinit(struct append_file *file)
{
    if (file->path) {
        close_file(file);
        free(file->path);
    }
    *file = (struct append_file){ .fd = -1 };
}

static bool was_moved(const struct append_file *file)
{
    struct stat here;
    struct stat there;
    return stat(file->path, &there) < 0 || fstat(file->fd, &here) < 0 ||
           here.st_ino != there.st_ino || here.st_dev != there.st_dev;
}

// A new file's name is made durable too.
static void flush_directory(const char *path)
{
    AUTO_FREE char *directory = strdup(path);
    char *slash = directory ? strrchr(directory, '/') : NULL;
    if (slash) {
        slash[slash == directory] = '\0';
    }
    AUTO_CLOSE int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
    }
}

static int open_file(struct append_file *file)
{
    struct stat st;
    bool exists = stat(file->path, &st) == 0;
    // O_NONBLOCK: a named pipe without a reader is an error, not a reason to wait.
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    file->fd = is_stdout(file) ? STDOUT_FILENO : open(file->path, flags, 0640);
    if (file->fd < 0) {
        return -errno;
    }
    if (fstat(file->fd, &st) < 0) {
        int r = -errno;
        close_file(file);
        return r;
    }
    file->regular = S_ISREG(st.st_mode);
    if (file->regular && !exists && !is_stdout(file)) {
        flush_directory(file->path);
    }
    return 0;
}

static int ensure_open(struct append_file *file)
{
    if (file->fd >= 0 && !is_stdout(file) && was_moved(file)) {
        int r = append_file_flush(file);
        file->lost = r < 0 ? r : file->lost; // told by the flush its writers wait for
        close_file(file);
    }
    return file->fd >= 0 ? 0 : open_file(file);
}

static int wait_writable(int fd)
{
    struct pollfd wanted = { .fd = fd, .events = POLLOUT };
    int n = poll(&wanted, 1, PIPE_PATIENCE_MS);
    if (n < 0) {
        return errno == EINTR ? 0 : -errno;
    }
    return n == 0 ? -ETIMEDOUT : 0;
}

// A pipe that poll calls writable takes PIPE_BUF bytes without blocking.
static int write_all(const struct append_file *file, const char *data, size_t len)
{
    while (len > 0) {
        size_t part = len;
        if (!file->regular) {
            int r = wait_writable(file->fd);
            if (r < 0) {
                return r;
            }
            part = len < PIPE_BUF ? len : PIPE_BUF;
        }
        ssize_t n = write(file->fd, data, part);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return -errno;
        }
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

int append_file_write(struct append_file *file, const char *data, size_t len)
{
    struct stat before = { 0 };
    if (file->stuck) {
        return -ETIMEDOUT;
    }
    int r = ensure_open(file);
    if (r < 0) {
        return r;
    }
    if (file->regular && fstat(file->fd, &before) < 0) {
        return -errno;
    }
    r = write_all(file, data, len);
    if (r == 0) {
        file->dirty = file->regular;
        return 0;
    }
    file->stuck = r == -ETIMEDOUT;
    if (!file->regular || ftruncate(file->fd, before.st_size) < 0) {
        close_file(file);                          // begin anew: a pipe may have got another reader
    } else if (lseek(file->fd, 0, SEEK_END) < 0) { // standard output need not append by itself
        return -errno;
    }
    return r;
}

int append_file_flush(struct append_file *file)
{
    int r = file->lost;
    file->lost = 0;
    file->stuck = false;
    if (file->dirty) {
        file->dirty = false;
        if (fdatasync(file->fd) < 0) {
            r = -errno;
        }
    }
    return r;
}
