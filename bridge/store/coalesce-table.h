#pragma once
// Deliveries of one item that become one; see spi/coalescence.h.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct coalescence;
struct coalescible;
struct database;

int coalesce_table_look(struct database *db, const int64_t *ids, size_t n,
                        struct coalescible *ret) MUST_CHECK;

// STORE_E_CONFLICT: one of them does not wait for its first attempt any more.
int coalesce_table_write(struct database *db, const struct coalescence *coalescence) MUST_CHECK;
