#pragma once
// The next piece of a stream of events, found by a worker and written as server-sent events.

#include <stdint.h>

#include "bridge/api/reads.h"
#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/spi/listing.h"

struct api_stream;

struct stream_read {
    struct api_read read;      // first; its `done` is the caller's
    struct api_stream *stream; // the caller's; NULL: gone
    char *source;              // NULL: any; a copy: the stream may end meanwhile
    char *type;
    int64_t after; // -1: find where the newest is
    // What was found, when result is 0:
    struct buf text;
    struct listing_end end;
    int result;
};

struct stream_read *stream_read_new(const char *source, const char *type, int64_t after); // NULL
struct stream_read *stream_read_free(struct stream_read *read);
