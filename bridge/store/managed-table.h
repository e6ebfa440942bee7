#pragma once
// The table of sinks that came through the API.

#include "bridge/base/cleanup.h"

struct database;
struct managed_sink;
struct managed_sinks;

int managed_table_load(struct database *db, struct managed_sinks *ret) MUST_CHECK; // by name
int managed_table_put(struct database *db, const struct managed_sink *sink) MUST_CHECK;
// One step: what waits for it or is held is canceled; with the last step it is gone. 0,
// SINK_TABLE_MORE (see sink-table.h), -errno.
int managed_table_delete_step(struct database *db, const char *name) MUST_CHECK;
