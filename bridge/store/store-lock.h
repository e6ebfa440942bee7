#pragma once
// One daemon per store: an flock on a file beside the database. The kernel drops it with the
// process, however that ends.

#include "bridge/base/cleanup.h"

struct problem;

// Takes the lock of the database at `path` and writes into it who holds it. *ret_fd is closed to
// release it. 0; -EBUSY with words that name the holder; other -errno without words.
int store_lock_take(const char *path, int *ret_fd, struct problem **reterr) MUST_CHECK;
