#pragma once
// The structural difference of two values. Pure; thread-compatible; inputs are not changed.
//
// diff_patch is exact: RFC 6902 operations that, applied in order to `before`, give `after`
// (values share structure with the inputs by reference). Objects are compared by member, arrays by
// a minimal edit script over element fingerprints with bounded work: past the bound a coarser but
// still correct patch is given. An element that went to another place is moved where that is
// shorter. Never longer than replacing the whole document.
//
// diff_patch_tested is the same with a `test` of what is there in front of every operation that
// removes, replaces or moves it: where the document is another one than `before`, whoever applies
// the patch is told instead of left with nonsense. Longer, of course.
//
// diff_changes is for people and rules: one entry {"path","old","new"} per changed leaf, without
// the ignored parts; "old" or "new" is missing where the place did not exist. Paths are JSON
// Pointers (RFC 6901). What was added or removed stands whole at its root; elements of arrays are
// those of the same edit script, a removed one at its index in `before`, any other at its index in
// `after`. The list is empty exactly when diff_equal() says equal.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct patterns;

int diff_patch(struct json_object *before, struct json_object *after,
               struct json_object **ret) MUST_CHECK; // 0 or -ENOMEM; an empty array when equal
int diff_patch_tested(struct json_object *before, struct json_object *after,
                      struct json_object **ret) MUST_CHECK;
int diff_changes(struct json_object *before, struct json_object *after,
                 const struct patterns *ignore, struct json_object **ret) MUST_CHECK;
