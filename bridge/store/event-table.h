#pragma once
// The table of events, written once and never changed.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/recovery.h"

struct database;
struct event;

// `instance` is the name of the source instance, `source_id` its row. 0, -EEXIST (an event of that
// id is stored already), or another -errno.
int event_table_insert(struct database *db, int64_t source_id, const char *instance,
                       const struct event *event, int64_t *ret_id) MUST_CHECK;

// The places of up to `limit` events after `after` that were seen before `before_ms`.
int event_table_oldest(struct database *db, const struct event_place *after, int64_t before_ms,
                       size_t limit, struct event_place *ret, size_t *ret_n) MUST_CHECK;
// With its deliveries and their attempts.
int event_table_delete(struct database *db, int64_t id) MUST_CHECK;
