#pragma once
// Patterns: paths with `[]` (every element, or every member of an object as in jq) and `..` (at any
// depth), e.g. `.items[].updated_at`, `..timestamp`. Used where a rule names many places: ignore,
// and later deadband and normalize.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

enum { PATTERN_E_SYNTAX = 1 };

// A set of patterns compiled together; immutable, any thread. A zeroed pointer (NULL) matches
// nothing everywhere below.
struct patterns;

int patterns_new(struct patterns **ret, const char *const texts[], size_t n,
                 struct problem **reterr) MUST_CHECK;
struct patterns *patterns_free(struct patterns *patterns);
DEFINE_CLEANUP(patterns)

// Walking: a cursor stands at one value of a document and knows which patterns are still alive.
// Plain data, passed by value, no allocation; patterns hold at most PATTERNS_STATES steps in all.
#define PATTERNS_STATES 256
struct pattern_cursor {
    const struct patterns *patterns; // NULL: nothing can match below here
    unsigned long alive[PATTERNS_STATES / (8 * sizeof(unsigned long))];
};
struct pattern_cursor patterns_start(const struct patterns *patterns);
struct pattern_cursor pattern_cursor_member(const struct pattern_cursor *cursor, const char *name);
struct pattern_cursor pattern_cursor_element(const struct pattern_cursor *cursor, size_t index);
bool pattern_cursor_matches(const struct pattern_cursor *cursor); // this very value is named
