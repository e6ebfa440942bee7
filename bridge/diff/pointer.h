#pragma once
// A JSON Pointer (RFC 6901) that grows and shrinks as a walk goes into a value and back.

#include <stddef.h>

#include "bridge/base/buf.h"

// Into a member or an element; *ret_len is what pointer_cut takes to come back. 0 or -ENOMEM.
int pointer_push_name(struct buf *pointer, const char *name, size_t *ret_len) MUST_CHECK;
int pointer_push_index(struct buf *pointer, size_t index, size_t *ret_len) MUST_CHECK;
void pointer_cut(struct buf *pointer, size_t len);
