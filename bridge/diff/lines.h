#pragma once
// The difference of two texts by lines, as people read it: unified format with three lines of
// context (POSIX diff -u). Pure.

#include <stddef.h>

#include "bridge/base/buf.h"

struct lines_side {
    const char *label; // in the header line
    const char *text;
    size_t len;
};

// Appends nothing when the texts are equal. A last line without a line end is marked as diff does.
// 0, -ENOMEM, -EMSGSIZE (the buffer's limit; it then holds a part).
int diff_lines(struct buf *ret, const struct lines_side *old,
               const struct lines_side *new) MUST_CHECK;
