#pragma once
// Retention, in steps short enough to stand between other work.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/store/event-table.h"

struct database;

struct prune {
    int64_t before_ms;
    uint64_t size_bytes;
    struct event_place at; // how far it has come
    bool by_size;          // second round
};

void prune_init(struct prune *prune, int64_t before_ms, uint64_t size_bytes);

enum { PRUNE_MORE = 100 };
// One step, inside the caller's transaction. 0: done; PRUNE_MORE; -errno.
int prune_step(struct database *db, struct prune *prune) MUST_CHECK;
