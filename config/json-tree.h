#pragma once
// A JSON value as the tree that options are bound from: settings that come through the API. Nothing
// in it is expanded: a "${" is a text like any other.

#include "bridge/base/cleanup.h"
#include "config/arena.h"
#include "config/tree.h"

struct json_object;

// Texts and entries are in the arena; `value` may go. 0 or -ENOMEM.
int json_tree_make(struct arena *arena, struct json_object *value, struct node *ret) MUST_CHECK;
