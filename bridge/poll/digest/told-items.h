#pragma once
// What a collection has told once some of its changes are told and the others are not. Pure.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct keyed_changes;

// `told` with those changes carried out whose place in `is_told` is true; the items come from
// `seen`. Both are lists whose indexes the changes know. *ret is owned. 0 or -ENOMEM.
int told_items(struct json_object *told, struct json_object *seen,
               const struct keyed_changes *changes, const bool *is_told,
               struct json_object **ret) MUST_CHECK;
