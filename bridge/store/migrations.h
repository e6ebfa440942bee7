#pragma once
// The schema, as numbered steps from an empty file to the present one. A step that was ever
// released is never edited: a change is a new step, with a test of its own.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct database;

#define STORE_APPLICATION_ID 1886151282 // "plbr", in the header of the file

struct migration {
    int version; // user_version after the step; 1, 2, 3, …
    const char *what;
    const char *sql; // ends by setting user_version itself
};

extern const struct migration store_migrations[];
extern const size_t store_migration_count;

// Takes the steps beyond the database's user_version, each in a transaction of its own. 0 or
// -errno.
int migrations_run(struct database *db, const struct migration *steps, size_t n) MUST_CHECK;
