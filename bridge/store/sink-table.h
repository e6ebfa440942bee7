#pragma once
// The health of sinks, and what a disabled one does to its deliveries.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct database;
struct sink_health;

enum { SINK_TABLE_MORE = 100 }; // a step was made, there is more to do

int sink_table_note(struct database *db, const char *name,
                    const struct sink_health *health) MUST_CHECK;
// One step. 0: through, SINK_TABLE_MORE, -errno.
int sink_table_hold_step(struct database *db, const char *name) MUST_CHECK;
int sink_table_release_step(struct database *db, const char *name, bool cancel) MUST_CHECK;
