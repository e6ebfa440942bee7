#pragma once
// A small pool of threads that run jobs off the loop. Bounded queue; completions come back on the
// loop thread through a mailbox, always asynchronously.
//
// Each worker has a context of its own (`worker_ctx`), made once in its thread: compiled jq
// programs, a read connection. Jobs own their data; nothing is shared while they run.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/mailbox.h"

struct event_base;
struct workers;

// Embedded first in the job's own struct.
struct work {
    struct mailbox_node node;
    void (*run)(struct work *work, void *worker_ctx); // on a worker
    void (*done)(struct work *work);                  // on the loop; frees the job
};

struct workers_settings {
    size_t threads;  // 0: one per core
    size_t capacity; // jobs queued or running at most; 0: 1024
    // May be NULL. new runs in the worker's thread; a failure there makes every job see NULL.
    int (*ctx_new)(void **ret, void *userdata);
    void (*ctx_free)(void *ctx);
    void *userdata;
};

int workers_new(struct workers **ret, struct event_base *base,
                const struct workers_settings *settings) MUST_CHECK;
// Lets the threads run what is queued, then calls `done` of everything; no job is lost. Not from
// inside a `done`. Accepts NULL.
struct workers *workers_free(struct workers *workers);
DEFINE_CLEANUP(workers)

// Loop thread only. False when full: try again when a job is done (the caller keeps the job).
bool workers_try_submit(struct workers *workers, struct work *work) MUST_CHECK;
size_t workers_pending(const struct workers *workers);
