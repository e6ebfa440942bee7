#pragma once
// Which deliveries of a sink may go now.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct database;
struct delivery_list;
struct due_query;

#define DUE_BYTES_MAX ((size_t)4 << 20) // of the bodies in one answer, but at least one delivery
#define DUE_LIMIT_MAX ((size_t)10000)

// See struct due_query. 0 or -errno; the results are untouched on failure.
int delivery_due_load(struct database *db, const struct due_query *query, struct delivery_list *ret,
                      int64_t *ret_next_due_at_ms) MUST_CHECK;
