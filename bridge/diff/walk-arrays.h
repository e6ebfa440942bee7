#pragma once
// What the files that walk arrays share.

#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct json_object;
struct moves;
struct pattern_cursor;
struct script;
struct walk;

// An array and what is open of it: [from, to).
struct side {
    struct json_object *array; // borrowed
    size_t from;
    size_t to;
    struct hash128 *hashes; // of the open elements, from `from` on; owned by who aligns
};

struct json_object *side_element(const struct side *side, size_t i);

// An element of before, which is at index b of the array by now, becomes that of after.
int walk_element(struct walk *walk, const struct side *a, size_t a_index, const struct side *b,
                 size_t b_index, const struct pattern_cursor *cursor) MUST_CHECK;
int walk_element_add(struct walk *walk, size_t index, struct json_object *after) MUST_CHECK;
int walk_element_remove(struct walk *walk, size_t index, struct json_object *before) MUST_CHECK;

// The edits of a patch when what `moves` pairs is moved (walk-moves.c). The pairs of script and
// moves count from the first open elements.
int walk_moves(struct walk *walk, const struct side *a, const struct side *b,
               const struct script *script, const struct moves *moves,
               const struct pattern_cursor *cursor) MUST_CHECK;
