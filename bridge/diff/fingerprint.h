#pragma once
// Fingerprint and equality of a value without its ignored parts. Pure.

#include <stdbool.h>

#include "bridge/base/hash.h"
#include "bridge/expr/pattern.h"

struct json_object;

// An ignored member counts as absent; an ignored array element keeps its place but not its value.
// Equal exactly when diff_equal says so (up to hash collisions). With NULL patterns it is
// json_fingerprint().
struct hash128 diff_fingerprint(struct json_object *value, const struct patterns *ignore);
bool diff_equal(struct json_object *a, struct json_object *b, const struct patterns *ignore);

// The same for a value inside a document: the cursor stands at it.
struct hash128 diff_fingerprint_at(struct json_object *value, const struct pattern_cursor *cursor);
bool diff_equal_at(struct json_object *a, struct json_object *b,
                   const struct pattern_cursor *cursor);
