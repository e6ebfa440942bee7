#pragma once
// A read connection of a worker: sees what is committed, waits for nobody.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/suppression.h"
#include "bridge/spi/listing.h"

struct coalescible;
struct recovery;
struct recovery_page;
struct sink_depth;
struct snapshot;
struct store_reader;

int store_reader_open(struct store_reader **ret, const char *path) MUST_CHECK;
struct store_reader *store_reader_close(struct store_reader *reader); // accepts NULL
int store_reader_suppressions(struct store_reader *reader, const char *source,
                              suppression_row_fn visit, void *userdata) MUST_CHECK;
int store_reader_load_snapshot(struct store_reader *reader, const char *source,
                               struct snapshot *ret) MUST_CHECK;

// A NULL reader is of a store that does not exist yet: there is nothing in it.
int store_reader_events(struct store_reader *reader, const struct event_query *query,
                        event_row_fn visit, void *userdata, struct listing_end *ret) MUST_CHECK;
int store_reader_deliveries(struct store_reader *reader, const struct delivery_query *query,
                            delivery_row_fn visit, void *userdata,
                            struct listing_end *ret) MUST_CHECK;
int store_reader_attempts(struct store_reader *reader, const struct delivery_query *query,
                          attempt_row_fn visit, void *userdata, struct listing_end *ret) MUST_CHECK;
int store_reader_depths(struct store_reader *reader, struct sink_depth **ret,
                        size_t *ret_n) MUST_CHECK;
int store_reader_coalescible(struct store_reader *reader, const int64_t *ids, size_t n,
                             struct coalescible *ret) MUST_CHECK;
int store_reader_load_recovery_page(struct store_reader *reader, const struct recovery *recovery,
                                    struct recovery_page *ret) MUST_CHECK;
int store_reader_load_recovery(struct store_reader *reader, const char *id,
                               struct recovery *ret) MUST_CHECK;
