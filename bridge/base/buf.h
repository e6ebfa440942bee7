#pragma once
// A growable byte buffer with a maximum, and the plain pair of bytes it turns into.
//
// The content is always followed by a NUL byte that is not counted, so data can be used as text.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

// Owned bytes. data is malloc'ed (or NULL when len is 0) and NUL-terminated past len.
struct bytes {
    char *data;
    size_t len;
};

void bytes_deinit(struct bytes *bytes); // frees data and zeroes the struct
int bytes_dup(struct bytes *ret, const void *data, size_t len) MUST_CHECK; // 0 or -ENOMEM

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max; // 0: no limit of its own
};

#define AUTO_BUF   CLEANUP(buf_deinit)
#define AUTO_BYTES CLEANUP(bytes_deinit)

// A zeroed struct buf is an empty buffer without a limit.
void buf_deinit(struct buf *buf);
void buf_clear(struct buf *buf); // keeps the memory

// All return 0, -ENOMEM, or -EMSGSIZE when max would be passed (the content is then unchanged).
int buf_reserve(struct buf *buf, size_t more) MUST_CHECK;
int buf_append(struct buf *buf, const void *data, size_t len) MUST_CHECK;
int buf_append_str(struct buf *buf, const char *text) MUST_CHECK;
int buf_append_char(struct buf *buf, char c) MUST_CHECK;
int buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

// The content as text; "" when nothing was ever appended. Borrowed.
const char *buf_str(const struct buf *buf);
// Moves the content out; the buffer is empty (and owns nothing) afterwards.
struct bytes buf_take(struct buf *buf);
