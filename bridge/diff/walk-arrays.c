// Two arrays: trim what is equal at both ends, align the rest by fingerprint, and turn the runs in
// between into edits: elements at the same position of a run become one another, what is left over
// is removed or added.

#include <errno.h>

#include <json-c/json.h>

#include "bridge/diff/fingerprint.h"
#include "bridge/diff/pointer.h"
#include "bridge/diff/script.h"
#include "bridge/diff/walk-state.h"
#include "bridge/model/json.h"

// Inside so many arrays elements are looked at again plainly; deeper, through the memo, so that
// the work does not grow with the depth.
#define PLAIN_ARRAYS 2

// An array and what is open of it: [from, to).
struct side {
    struct json_object *array; // borrowed
    size_t from;
    size_t to;
    struct hash128 *hashes; // of the open elements, from `from` on; owned
};

static struct json_object *element(const struct side *side, size_t i)
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
    struct json_object *value = element(side, i);
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
           same(walk, element(a, a->from), element(b, b->from))) {
        a->from++;
        b->from++;
    }
    while (a->from < a->to && b->from < b->to &&
           same(walk, element(a, a->to - 1), element(b, b->to - 1))) {
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

static int replace_element(struct walk *walk, const struct side *a, const struct side *b,
                           const struct pattern_cursor *cursor)
{
    struct pattern_cursor below = pattern_cursor_element(cursor, b->from);
    if (pattern_cursor_matches(&below)) {
        return 0;
    }
    size_t len;
    int r = pointer_push_index(&walk->path, b->from, &len);
    if (r == 0) {
        r = walk_values(walk, element(a, a->from), element(b, b->from), &below);
    }
    pointer_cut(&walk->path, len);
    return r;
}

// A run without a common element. Everything left of it has its final index by now.
static int run(struct walk *walk, struct side a, struct side b, const struct pattern_cursor *cursor)
{
    int r = 0;
    for (; a.from < a.to && b.from < b.to && r == 0; a.from++, b.from++) {
        r = replace_element(walk, &a, &b, cursor);
    }
    for (; a.from < a.to && r == 0; a.from++) {
        size_t index = walk->purpose == WALK_PATCH ? b.from : a.from;
        r = at_index(walk, index, EDIT_REMOVE, element(&a, a.from), NULL);
    }
    for (; b.from < b.to && r == 0; b.from++) {
        r = at_index(walk, b.from, EDIT_ADD, NULL, element(&b, b.from));
    }
    return r;
}

// Walks the runs between the aligned pairs.
static int runs(struct walk *walk, struct side a, struct side b, const struct script *script,
                const struct pattern_cursor *cursor)
{
    const size_t a_start = a.from;
    const size_t b_start = b.from;
    int r = 0;
    for (size_t i = 0; i < script->n && r == 0; i++) {
        struct side a_run = a;
        struct side b_run = b;
        a_run.to = a_start + script->v[i].a;
        b_run.to = b_start + script->v[i].b;
        // A patch is exact, so it does not trust a fingerprint to say "equal".
        if (cursor->patterns == NULL && !json_equal(element(&a, a_run.to), element(&b, b_run.to))) {
            continue;
        }
        r = run(walk, a_run, b_run, cursor);
        a.from = a_run.to + 1;
        b.from = b_run.to + 1;
    }
    return r != 0 ? r : run(walk, a, b, cursor);
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
        r = runs(walk, *a, *b, &script, cursor);
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
