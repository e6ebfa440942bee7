#pragma once
// Every way in which a poll fails or is held, by the code that events, logs, the API and metrics
// tell. A code that is not in this table cannot be told.

#include <stddef.h>

struct failure {
    const char *code;
    const char *meaning;
    const char *advice; // what a person can do
};

extern const struct failure failures[];
extern const size_t failure_count;

// The failure of that code; "other" when it is not in the table.
const struct failure *failure_find(const char *code);
