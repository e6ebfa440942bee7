#pragma once
// Numbers that have to move far enough before a change of theirs counts. Pure.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

enum { DEADBAND_E_SYNTAX = 1 };

// Rules in the order they were added; immutable afterwards, any thread. NULL: no rules.
struct deadband;
int deadband_new(struct deadband **ret) MUST_CHECK;
struct deadband *deadband_free(struct deadband *deadband);
DEFINE_CLEANUP(deadband)
// path: a pattern. width: "0.5", or "2%" of the value told last. 0, DEADBAND_E_SYNTAX, -ENOMEM.
int deadband_add(struct deadband *deadband, const char *path, const char *width,
                 struct problem **reterr) MUST_CHECK;

// `after` as if every number that moved less than its width from `told` had not moved at all: such
// a place has the value of `told`. A number may also stand in a string ("12.50"); members are
// compared by name, elements by index. *ret is owned, and `after` itself when nothing is quiet.
// 0 or -ENOMEM.
int deadband_apply(const struct deadband *deadband, struct json_object *told,
                   struct json_object *after, struct json_object **ret) MUST_CHECK;
