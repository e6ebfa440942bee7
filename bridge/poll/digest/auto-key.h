#pragma once
// The key of a collection that says `key: auto`: found once, and kept with the snapshot. Pure.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct change_rules;
struct expr;
struct json_object;

// `key: auto` is an empty list of keys.
bool auto_key_is_wanted(const struct change_rules *rules);
// Finds the key in two lists of normalised items (before may be NULL). *ret is owned; NULL: no
// member tells the items apart. 0 or -ENOMEM.
int auto_key_find(struct json_object *before, struct json_object *after,
                  struct expr **ret) MUST_CHECK;
// From the text kept; *ret is NULL when it is of no use.
int auto_key_read(const char *text, struct expr **ret) MUST_CHECK;
