#pragma once
// The embedded store: SQLite (WAL, synchronous=FULL) behind spi/store.h, on a thread of its own.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct problem;
struct store;

struct sqlite_store_settings {
    const char *path;           // borrowed during open; ":memory:" is refused
    long long batch_min_gap_ms; // group commit: at least this far apart unless idle; 0: 10
};

// Opens or creates the database, takes the exclusive lock against a second daemon, migrates, and
// starts the thread. 0 or -errno; problems in words: not a database, of another program, damaged,
// newer schema, locked by another process (and which), folder missing, no permission, disk full.
//
// On the loop thread, as everything but the readers. The lock is a file beside the database,
// `<path>.lock`; it stays there.
int sqlite_store_open(struct store **ret, struct event_base *base,
                      const struct sqlite_store_settings *settings,
                      struct problem **reterr) MUST_CHECK;
