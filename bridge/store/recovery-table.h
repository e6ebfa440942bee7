#pragma once
// The table of recoveries, and the deliveries their pages become.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/recovery.h"

struct database;

// 0, -EEXIST (of that id), another -errno. Forgets some finished ones that are old.
int recovery_table_insert(struct database *db, const struct recovery *recovery) MUST_CHECK;
// Those under way, oldest first.
int recovery_table_load(struct database *db, struct recovery_list *ret) MUST_CHECK;
// -ENOENT: there is none.
int recovery_table_get(struct database *db, const char *id, struct recovery *ret) MUST_CHECK;
// As store_ops.recovery_step.
int recovery_table_step(struct database *db, const struct recovery *recovery,
                        struct recovery_page *page, struct recovery_outcome *ret) MUST_CHECK;

// As store_ops.reader_recovery_page.
int recovery_page_load(struct database *db, const struct recovery *recovery,
                       struct recovery_page *ret) MUST_CHECK;
