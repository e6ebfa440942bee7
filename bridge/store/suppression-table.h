#pragma once
// Changes that were seen and not told, for people who ask why: the latest of each rule and item,
// SUPPRESSIONS_STORED of a source at most.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/suppression.h"

struct database;

#define SUPPRESSIONS_STORED 50

int suppression_table_put(struct database *db, const char *source,
                          const struct suppression_list *list) MUST_CHECK;
// The latest first.
int suppression_table_list(struct database *db, const char *source, suppression_row_fn visit,
                           void *userdata) MUST_CHECK;
