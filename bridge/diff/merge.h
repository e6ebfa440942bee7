#pragma once
// JSON Merge Patch (RFC 7396): the members of `after` that differ, null for those that are gone.
// Pure.

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

// A null in `after` cannot be told from a removal, and so cannot be said.
enum { MERGE_E_AMBIGUOUS = 1 };

// *ret is owned (NULL is JSON null) and shares structure with `after`. For two equal objects it is
// {}; for values that are not both objects it is `after` itself. 0, -ENOMEM, or MERGE_E_AMBIGUOUS
// with words that name the place (code "merge_null").
int diff_merge(struct json_object *before, struct json_object *after, struct json_object **ret,
               struct problem **reterr) MUST_CHECK;
