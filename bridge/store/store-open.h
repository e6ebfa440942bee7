#pragma once
// From a path to a writable, migrated, locked database, with words for what can be in the way.

#include "bridge/base/cleanup.h"
#include "bridge/store/database.h"

struct problem;

struct opened_store {
    struct database db;
    char *path;  // resolved: no links, absolute
    int lock_fd; // held until it is closed
};

int store_open(struct opened_store *ret, const char *path, struct problem **reterr) MUST_CHECK;
void opened_store_deinit(struct opened_store *opened);
