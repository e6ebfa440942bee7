#pragma once
// What a walk carries along; shared by the files that walk.

#include "bridge/base/buf.h"
#include "bridge/diff/memo.h"
#include "bridge/diff/walk.h"
#include "bridge/expr/pattern.h"

struct walk {
    enum walk_purpose purpose;
    struct edits *edits;
    struct buf path; // of the present place
    struct memo memo;
    unsigned arrays; // how many arrays the present place is inside of
    unsigned trials; // of them are walked twice, with moves and without
};

// Two values at one place.
int walk_values(struct walk *walk, struct json_object *before, struct json_object *after,
                const struct pattern_cursor *cursor) MUST_CHECK;
int walk_arrays(struct walk *walk, struct json_object *before, struct json_object *after,
                const struct pattern_cursor *cursor) MUST_CHECK;
// An edit at the present place.
int walk_emit(struct walk *walk, enum edit_kind kind, struct json_object *before,
              struct json_object *after) MUST_CHECK;
// What is at the pointer `from` goes there. Consumes `from`, also on failure.
int walk_emit_move(struct walk *walk, char *take_from, struct json_object *value) MUST_CHECK;
// Takes back the edits [from, to), which are `bytes` long.
void walk_drop(struct walk *walk, size_t from, size_t to, size_t bytes);
