// Two arrays: trim what is equal at both ends, align the rest by fingerprint, and turn the runs in
// between into edits: elements at the same position of a run become one another, what is left over
// is removed or added.

#include <errno.h>

#include <json-c/json.h>

#include "bridge/diff/fingerprint.h"
#include "bridge/diff/moves.h"
#include "bridge/diff/pointer.h"
#include "bridge/diff/script.h"
#include "bridge/diff/walk-arrays.h"
#include "bridge/diff/walk-state.h"
#include "bridge/model/json.h"

// Inside so many arrays elements are looked at again plainly; deeper, through the memo, so that
// the work does not grow with the depth.
#define PLAIN_ARRAYS 2
#define TRIALS_MAX   2 // each doubles the work at most

struct json_object *side_element(const struct side *side, size_t i)
{
    return json_object_array_get_idx(side->array, i);
}

static bool is_container(struct json_object *value)
{
    return json_object_is_type(value, json_type_object) ||
           json_object_is_type(value, json_type_array);
}

static bool same(struct walk *walk, struct json_object *a, struct json_object *b)
{
    if (walk->arrays > PLAIN_ARRAYS && a != b && is_container(a) && is_container(b) &&
        !hash128_eq(memo_fingerprint(&walk->memo, a), memo_fingerprint(&walk->memo, b))) {
        return false;
    }
    return json_equal(a, b);
}

static struct hash128 hash_element(struct walk *walk, const struct side *side, size_t i,
                                   const struct pattern_cursor *cursor)
{
    struct json_object *value = side_element(side, i);
    struct pattern_cursor below = pattern_cursor_element(cursor, i);
    if (cursor->patterns != NULL) {
        return diff_fingerprint_at(value, &below);
    }
    return walk->arrays > PLAIN_ARRAYS ? memo_fingerprint(&walk->memo, value)
                                       : json_fingerprint(value);
}

static int hash_side(struct walk *walk, struct side *side, const struct pattern_cursor *cursor)
{
    side->hashes = calloc(side->to - side->from + 1, sizeof(*side->hashes));
    if (side->hashes == NULL) {
        return -ENOMEM;
    }
    for (size_t i = side->from; i < side->to; i++) {
        side->hashes[i - side->from] = hash_element(walk, side, i, cursor);
    }
    return 0;
}

static void trim(struct walk *walk, struct side *a, struct side *b)
{
    while (a->from < a->to && b->from < b->to &&
           same(walk, side_element(a, a->from), side_element(b, b->from))) {
        a->from++;
        b->from++;
    }
    while (a->from < a->to && b->from < b->to &&
           same(walk, side_element(a, a->to - 1), side_element(b, b->to - 1))) {
        a->to--;
        b->to--;
    }
}

static int at_index(struct walk *walk, size_t index, enum edit_kind kind,
                    struct json_object *before, struct json_object *after)
{
    size_t len;
    int r = pointer_push_index(&walk->path, index, &len);
    if (r == 0) {
        r = walk_emit(walk, kind, before, after);
    }
    pointer_cut(&walk->path, len);
    return r;
}

int walk_element_add(struct walk *walk, size_t index, struct json_object *after)
{
    return at_index(walk, index, EDIT_ADD, NULL, after);
}

int walk_element_remove(struct walk *walk, size_t index, struct json_object *before)
{
    return at_index(walk, index, EDIT_REMOVE, before, NULL);
}

int walk_element(struct walk *walk, const struct side *a, size_t a_index, const struct side *b,
                 size_t b_index, const struct pattern_cursor *cursor)
{
    struct pattern_cursor below = pattern_cursor_element(cursor, b_index);
    if (pattern_cursor_matches(&below)) {
        return 0;
    }
    size_t len;
    int r = pointer_push_index(&walk->path, b_index, &len);
    if (r == 0) {
        r = walk_values(walk, side_element(a, a_index), side_element(b, b_index), &below);
    }
    pointer_cut(&walk->path, len);
    return r;
}

// A run without a common element. Everything left of it has its final index by now.
static int run(struct walk *walk, struct side a, struct side b, const struct pattern_cursor *cursor)
{
    int r = 0;
    for (; a.from < a.to && b.from < b.to && r == 0; a.from++, b.from++) {
        r = walk_element(walk, &a, a.from, &b, b.from, cursor);
    }
    for (; a.from < a.to && r == 0; a.from++) {
        size_t index = walk->purpose == WALK_PATCH ? b.from : a.from;
        r = walk_element_remove(walk, index, side_element(&a, a.from));
    }
    for (; b.from < b.to && r == 0; b.from++) {
        r = walk_element_add(walk, b.from, side_element(&b, b.from));
    }
    return r;
}

static struct side part(const struct side *side, size_t from, size_t to)
{
    return (struct side){ .array = side->array, .from = side->from + from, .to = side->from + to };
}

// The runs between the aligned pairs.
static int runs(struct walk *walk, const struct side *a, const struct side *b,
                const struct script *script, const struct pattern_cursor *cursor)
{
    int r = 0;
    for (size_t at = 0; at <= script->n && r == 0; at++) {
        struct script_gap gap = script_gap(script, at, a->to - a->from, b->to - b->from);
        r = run(walk, part(a, gap.a, gap.a_end), part(b, gap.b, gap.b_end), cursor);
    }
    return r;
}

// A patch is exact, so it does not trust a fingerprint to say "equal".
static void drop_unequal_pairs(const struct side *a, const struct side *b, struct script *script)
{
    size_t kept = 0;
    for (size_t i = 0; i < script->n; i++) {
        struct script_pair pair = script->v[i];
        if (json_equal(side_element(a, a->from + pair.a), side_element(b, b->from + pair.b))) {
            script->v[kept++] = pair;
        }
    }
    script->n = kept;
}

static void drop_unequal_moves(const struct side *a, const struct side *b, struct moves *moves)
{
    for (size_t i = 0; i < a->to - a->from && moves->n > 0; i++) {
        size_t to = moves->to[i];
        if (to != MOVES_NOWHERE &&
            !json_equal(side_element(a, a->from + i), side_element(b, b->from + to))) {
            moves_drop(moves, i);
        }
    }
}

// With moves or without, whichever is shorter.
static int edit_both_ways(struct walk *walk, const struct side *a, const struct side *b,
                          const struct script *script, const struct moves *moves,
                          const struct pattern_cursor *cursor)
{
    struct edits *edits = walk->edits;
    size_t start = edits->n;
    size_t bytes = edits->bytes;
    walk->trials++;
    int r = runs(walk, a, b, script, cursor);
    size_t middle = edits->n;
    size_t plain = edits->bytes - bytes;
    r = r != 0 ? r : walk_moves(walk, a, b, script, moves, cursor);
    walk->trials--;
    size_t moved = edits->bytes - bytes - plain;
    if (r == 0 && moved < plain) {
        walk_drop(walk, start, middle, plain);
    } else if (r == 0) {
        walk_drop(walk, middle, edits->n, moved);
    }
    return r;
}

static int edit(struct walk *walk, const struct side *a, const struct side *b,
                struct script *script, const struct pattern_cursor *cursor)
{
    CLEANUP(moves_deinit) struct moves moves = { 0 };
    int r = 0;
    if (cursor->patterns == NULL) {
        drop_unequal_pairs(a, b, script);
    }
    if (walk->purpose == WALK_PATCH && walk->trials < TRIALS_MAX) {
        r = moves_find(&moves, script, a->hashes, a->to - a->from, b->hashes, b->to - b->from);
        drop_unequal_moves(a, b, &moves);
    }
    if (r != 0 || moves.n > 0) {
        return r != 0 ? r : edit_both_ways(walk, a, b, script, &moves, cursor);
    }
    return runs(walk, a, b, script, cursor);
}

static int align(struct walk *walk, struct side *a, struct side *b,
                 const struct pattern_cursor *cursor)
{
    int r = hash_side(walk, a, cursor);
    if (r == 0) {
        r = hash_side(walk, b, cursor);
    }
    struct script script = { 0 };
    if (r == 0) {
        r = script_align(&script, a->hashes, a->to - a->from, b->hashes, b->to - b->from);
    }
    if (r == 0) {
        r = edit(walk, a, b, &script, cursor);
    }
    script_deinit(&script);
    free(a->hashes);
    free(b->hashes);
    return r;
}

int walk_arrays(struct walk *walk, struct json_object *before, struct json_object *after,
                const struct pattern_cursor *cursor)
{
    struct side a = { .array = before, .to = json_object_array_length(before) };
    struct side b = { .array = after, .to = json_object_array_length(after) };
    walk->arrays++;
    if (cursor->patterns == NULL) {
        trim(walk, &a, &b);
    }
    // One element against one, or nothing against some, needs no alignment.
    bool simple = a.from == a.to || b.from == b.to || (a.to - a.from == 1 && b.to - b.from == 1);
    int r = simple ? run(walk, a, b, cursor) : align(walk, &a, &b, cursor);
    walk->arrays--;
    return r;
}
