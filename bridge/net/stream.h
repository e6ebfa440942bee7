#pragma once
// Appending bytes to files and standard streams off the loop: one thread for all streams keeps the
// order of each path; a regular file is flushed to disk (fdatasync) before its bytes count as
// written. A file that was moved away (log rotation) is opened anew.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct event_base;
struct stream_writer;

// result: 0 or negative errno. On the loop.
typedef void (*stream_done_fn)(int result, void *userdata);

int stream_writer_new(struct stream_writer **ret, struct event_base *base) MUST_CHECK;
struct stream_writer *stream_writer_free(struct stream_writer *writer); // finishes what is queued
DEFINE_CLEANUP(stream_writer)

// `path` is copied, "-" is standard output; `take` is consumed also on failure.
// 0, -EAGAIN (queue full: try later), -ENOMEM.
int stream_write(struct stream_writer *writer, const char *path, struct bytes *take,
                 stream_done_fn done, void *userdata) MUST_CHECK;
