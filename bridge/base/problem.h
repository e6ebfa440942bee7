#pragma once
// A problem in words for a person: what is wrong, where, and what to do about it.
//
// Functions that can explain a failure take `struct problem **reterr`; NULL means the caller does
// not want words. *reterr is set only on failure and is then owned by the caller.

#include "bridge/base/cleanup.h"

struct problem {
    char *code;    // stable snake_case name, e.g. "json_syntax", "unknown_key"
    char *message; // a sentence without a trailing full stop; never holds a secret
    char *file;    // NULL when the problem is not in a file
    unsigned line; // from 1; 0 = unknown
    unsigned column;
};

// Fills *reterr (when not NULL and still empty) and returns `error` so that a caller can write
// `return problem_set(reterr, MODULE_E_X, "code", "text %s", …)`.
int problem_set(struct problem **reterr, int error, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
// The same with a place. `file` may be NULL; line and column count from 1.
int problem_set_at(struct problem **reterr, int error, const char *code, const char *file,
                   unsigned line, unsigned column, const char *format, ...) PRINTF_LIKE(7, 8);

struct problem *problem_free(struct problem *problem); // accepts NULL, returns NULL
DEFINE_CLEANUP(problem)

// "file:line:column: message" (the parts that are known). Returns a malloc'ed text, NULL when out
// of memory.
char *problem_format(const struct problem *problem);
