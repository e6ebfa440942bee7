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
// May this file be read as it stands, by a process that writes nothing? 0: yes, and whether nothing
// was ever stored in it; else negative errno and words (another program's, a newer or older one's).
int store_check_readable(const char *path, bool *ret_empty, struct problem **reterr) MUST_CHECK;
void opened_store_deinit(struct opened_store *opened);
