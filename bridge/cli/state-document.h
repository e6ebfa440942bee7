#pragma once
// The state of a source as one line of JSON, for moving it from store to store: snapshot,
// validators, version and sequence; everything a poll goes on from, but for the rest that an API
// asked for. Pure.

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/model/snapshot.h"

struct problem;

struct state_document {
    char *source; // name of the source or instance; owned
    struct source_state state;
    struct snapshot snapshot;
};
void state_document_deinit(struct state_document *document);

// Without a line end. 0 or -ENOMEM.
int state_document_write(struct buf *ret, const struct state_document *document) MUST_CHECK;

enum { STATE_DOCUMENT_E_BAD = 1 };
// 0, -ENOMEM, or STATE_DOCUMENT_E_BAD with words.
int state_document_read(struct state_document *ret, const char *line, size_t len,
                        struct problem **reterr) MUST_CHECK;
