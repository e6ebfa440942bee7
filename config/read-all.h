#pragma once
// A file descriptor to its end.

#include "bridge/base/cleanup.h"

struct buf;

// 0, a negative errno of read(2), -EMSGSIZE when ret->max would be passed, -ENOMEM.
int read_all(int fd, struct buf *ret) MUST_CHECK;
