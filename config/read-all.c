#include "config/read-all.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"

int read_all(int fd, struct buf *ret)
{
    char chunk[16 * 1024];
    int r = 0;
    while (r == 0) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            r = got < 0 ? -errno : 0;
            break;
        }
        r = buf_append(ret, chunk, (size_t)got);
    }
    explicit_bzero(chunk, sizeof(chunk)); // it may be a secret
    return r;
}
