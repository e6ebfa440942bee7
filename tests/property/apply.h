#pragma once
// An RFC 6902 applier for tests. It shares nothing with bridge/diff, so that a mistake cannot be
// made twice and cancel out.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct json_object;

// A copy that shares nothing with value.
struct json_object *deep_copy(struct json_object *value);

// Applies every operation in order to *document, which is changed and may be replaced. False when
// an operation is wrong or cannot be done; *document is then of no use but still owned.
bool apply_patch(struct json_object **document, struct json_object *patch) MUST_CHECK;
