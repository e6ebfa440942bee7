#pragma once
// Pages of events, deliveries and attempts; see spi/listing.h.

#include "bridge/base/cleanup.h"
#include "bridge/spi/listing.h"

struct database;

int listing_events(struct database *db, const struct event_query *query, event_row_fn visit,
                   void *userdata, struct listing_end *ret) MUST_CHECK;
int listing_deliveries(struct database *db, const struct delivery_query *query,
                       delivery_row_fn visit, void *userdata, struct listing_end *ret) MUST_CHECK;
// Of the deliveries that the query finds (its state is not looked at), newest delivery first, and
// within it newest attempt first.
int listing_attempts(struct database *db, const struct delivery_query *query, attempt_row_fn visit,
                     void *userdata, struct listing_end *ret) MUST_CHECK;

// The store's id of an event; 0: there is none.
int listing_find_event(struct database *db, const char *event_id, int64_t *ret) MUST_CHECK;
