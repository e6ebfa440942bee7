#pragma once
// Answers that are given again to a repeated request.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct database;
struct stored_answer;

// Zeroed when none is kept under that key since then.
int answer_table_get(struct database *db, const char *key, int64_t since_ms,
                     struct stored_answer *ret) MUST_CHECK;
// Forgets some that are too old.
int answer_table_put(struct database *db, const struct stored_answer *answer) MUST_CHECK;
