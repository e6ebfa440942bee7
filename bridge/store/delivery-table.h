#pragma once
// Deliveries, their sinks and their attempts.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct attempt;
struct database;
struct delivery;
struct encoded;
struct sink_depth;

// *ret is 0 when the sink never got a delivery.
int delivery_table_find_sink(struct database *db, const char *name, int64_t *ret) MUST_CHECK;
// The same, made when it is missing; *ret_disabled may be NULL.
int delivery_table_add_sink(struct database *db, const char *name, int64_t *ret,
                            bool *ret_disabled) MUST_CHECK;

// Sets delivery->id, and the state of one that would wait for a disabled sink: it is held.
int delivery_table_insert(struct database *db, int64_t event_id,
                          struct delivery *delivery) MUST_CHECK;

// In place of what it would have sent.
int delivery_table_encode(struct database *db, int64_t id,
                          const struct encoded *encoded) MUST_CHECK;

// Keeps the attempt and the delivery's state after it. A delivery that is gone is passed over.
int delivery_table_settle(struct database *db, const struct attempt *attempt) MUST_CHECK;

// Does any delivery of the event wait, or is held?
int delivery_table_is_unsettled(struct database *db, int64_t event_id, bool *ret) MUST_CHECK;

// Of every sink that ever got a delivery, sorted by name. One pass over the unsettled ones.
int delivery_table_depths(struct database *db, struct sink_depth **ret, size_t *ret_n) MUST_CHECK;
