#pragma once
// The last accepted document of each source, packed.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct database;
struct pack;
struct snapshot;

int snapshot_table_put(struct database *db, struct pack *pack, int64_t source_id,
                       const struct snapshot *snapshot) MUST_CHECK;
// *ret is zeroed when there is none.
int snapshot_table_get(struct database *db, struct pack *pack, const char *source,
                       struct snapshot *ret) MUST_CHECK;
