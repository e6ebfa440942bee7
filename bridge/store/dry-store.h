#pragma once
// A store for looking without touching: reads the states and snapshots of an existing database
// (which a running daemon may hold), accepts every commit and keeps nothing of it.

#include "bridge/base/cleanup.h"

struct event_base;
struct problem;
struct store;

// A missing file is an empty store, not a problem.
int dry_store_open(struct store **ret, struct event_base *base, const char *path,
                   struct problem **reterr) MUST_CHECK;
