#pragma once
// The one walk over two values that patch and changes are made from: a list of edits.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct patterns;

enum edit_kind { EDIT_ADD, EDIT_REMOVE, EDIT_REPLACE, EDIT_MOVE };

struct edit {
    enum edit_kind kind;
    char *path;                 // JSON Pointer; owned
    char *from;                 // of EDIT_MOVE, which patches alone have; owned
    struct json_object *before; // borrowed from the inputs; NULL for EDIT_ADD (or null)
    struct json_object *after;  // NULL for EDIT_REMOVE (or null)
};

struct edits {
    struct edit *v;
    size_t n;
    size_t cap;
    size_t bytes; // as a patch: each operation and a comma; only counted for a patch
};

// WALK_PATCH: indexes are those at the moment the edit is applied, and edits that are longer than
// replacing the container they are in become one replacement of it. Elements of arrays are moved
// where that is shorter.
// WALK_CHANGES: a removed element has its index in `before`, anything else its index in `after`.
enum walk_purpose { WALK_PATCH, WALK_CHANGES };

// ignore must be NULL for a patch. 0 or -ENOMEM.
int walk_diff(struct edits *ret, struct json_object *before, struct json_object *after,
              const struct patterns *ignore, enum walk_purpose purpose) MUST_CHECK;
void edits_deinit(struct edits *edits);
