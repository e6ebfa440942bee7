#pragma once
// The context of a worker thread: compiled expressions and a read connection to the store.

#include "bridge/base/cleanup.h"

struct expr_context;
struct store;
struct store_reader;

struct poll_worker {
    struct expr_context *expressions;
    const struct store *store;
    struct store_reader *reader;
};

// For struct workers_settings; userdata is the struct store.
int poll_worker_new(void **ret, void *userdata) MUST_CHECK;
void poll_worker_free(void *ctx);
