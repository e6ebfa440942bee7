#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/members.h"
#include "bridge/diff/pointer.h"
#include "bridge/diff/size.h"
#include "bridge/diff/walk-state.h"
#include "bridge/model/json.h"

static void edit_deinit(struct edit *edit)
{
    free(edit->path);
    free(edit->from);
}

void edits_deinit(struct edits *edits)
{
    for (size_t i = 0; i < edits->n; i++) {
        edit_deinit(&edits->v[i]);
    }
    free(edits->v);
    *edits = (struct edits){ 0 };
}

// {"op":"add","path":"","value":} and a comma
static size_t frame_bytes(enum edit_kind kind)
{
    switch (kind) {
    case EDIT_ADD: return strlen("{\"op\":\"add\",\"path\":,\"value\":},");
    case EDIT_REMOVE: return strlen("{\"op\":\"remove\",\"path\":},");
    case EDIT_MOVE: return strlen("{\"op\":\"move\",\"from\":,\"path\":},");
    case EDIT_REPLACE: break;
    }
    return strlen("{\"op\":\"replace\",\"path\":,\"value\":},");
}

static size_t pointer_bytes(const char *pointer)
{
    return size_of_json_string(pointer, strlen(pointer));
}

static size_t edit_bytes(const struct edit *edit)
{
    size_t bytes = frame_bytes(edit->kind) + pointer_bytes(edit->path);
    switch (edit->kind) {
    case EDIT_REMOVE: return bytes;
    case EDIT_MOVE: return bytes + pointer_bytes(edit->from);
    case EDIT_ADD:
    case EDIT_REPLACE: break;
    }
    return bytes + size_of_json(edit->after, SIZE_MAX);
}

static int grow(struct edits *edits)
{
    if (edits->n < edits->cap) {
        return 0;
    }
    size_t cap = edits->cap == 0 ? 16 : edits->cap * 2;
    struct edit *v = reallocarray(edits->v, cap, sizeof(*v));
    if (v == NULL) {
        return -ENOMEM;
    }
    edits->v = v;
    edits->cap = cap;
    return 0;
}

// At the present place. Consumes edit->from, also on failure.
static int add(struct walk *walk, struct edit *edit)
{
    struct edits *edits = walk->edits;
    edit->path = strdup(buf_str(&walk->path));
    if (edit->path == NULL || grow(edits) != 0) {
        edit_deinit(edit);
        return -ENOMEM;
    }
    edits->v[edits->n++] = *edit;
    edits->bytes += walk->purpose == WALK_PATCH ? edit_bytes(edit) : 0;
    return 0;
}

int walk_emit(struct walk *walk, enum edit_kind kind, struct json_object *before,
              struct json_object *after)
{
    return add(walk, &(struct edit){ .kind = kind, .before = before, .after = after });
}

int walk_emit_move(struct walk *walk, char *take_from, struct json_object *value)
{
    return add(walk, &(struct edit){
                         .kind = EDIT_MOVE, .from = take_from, .before = value, .after = value });
}

void walk_drop(struct walk *walk, size_t from, size_t to, size_t bytes)
{
    struct edits *edits = walk->edits;
    for (size_t i = from; i < to; i++) {
        edit_deinit(&edits->v[i]);
    }
    for (size_t i = to; i < edits->n; i++) {
        edits->v[from + i - to] = edits->v[i];
    }
    edits->n -= to - from;
    edits->bytes -= bytes;
}

// before is NULL when there was no such member, and so on; a member that is null points to NULL.
static int member(struct walk *walk, const char *name, struct json_object *const *before,
                  struct json_object *const *after, const struct pattern_cursor *cursor)
{
    struct pattern_cursor below = pattern_cursor_member(cursor, name);
    if (pattern_cursor_matches(&below)) {
        return 0;
    }
    size_t len;
    int r = pointer_push_name(&walk->path, name, &len);
    if (r == 0) {
        if (before == NULL) {
            r = walk_emit(walk, EDIT_ADD, NULL, *after);
        } else if (after == NULL) {
            r = walk_emit(walk, EDIT_REMOVE, *before, NULL);
        } else {
            r = walk_values(walk, *before, *after, &below);
        }
    }
    pointer_cut(&walk->path, len);
    return r;
}

static bool is_container(struct json_object *value)
{
    return json_object_is_type(value, json_type_object) ||
           json_object_is_type(value, json_type_array);
}

static int walk_objects(struct walk *walk, struct json_object *before, struct json_object *after,
                        const struct pattern_cursor *cursor)
{
    int common = 0;
    int r = 0;
    struct member_finder finder = member_finder_in(before);
    json_object_object_foreach(after, name, value)
    {
        struct json_object *old;
        if (!member_find(&finder, name, &old)) {
            r = member(walk, name, NULL, &value, cursor);
        } else {
            common++;
            // Most members are equal scalars: they need no path.
            bool same = old == value || (!is_container(value) && json_equal(old, value));
            r = same ? 0 : member(walk, name, &old, &value, cursor);
        }
        if (r != 0) {
            return r;
        }
    }
    if (common == json_object_object_length(before)) {
        return 0;
    }
    finder = member_finder_in(after);
    json_object_object_foreach(before, old_name, old_value)
    {
        struct json_object *found;
        if (!member_find(&finder, old_name, &found)) {
            r = member(walk, old_name, &old_value, NULL, cursor);
            if (r != 0) {
                return r;
            }
        }
    }
    return 0;
}

// The edits since `first` give way to one replacement when that is shorter.
static int settle(struct walk *walk, size_t first, size_t bytes, struct json_object *before,
                  struct json_object *after)
{
    struct edits *edits = walk->edits;
    size_t spent = edits->bytes - bytes;
    size_t frame =
        frame_bytes(EDIT_REPLACE) + size_of_json_string(buf_str(&walk->path), walk->path.len);
    if (walk->purpose != WALK_PATCH || spent <= frame ||
        size_of_json(after, spent - frame) >= spent - frame) {
        return 0;
    }
    walk_drop(walk, first, edits->n, spent);
    return walk_emit(walk, EDIT_REPLACE, before, after);
}

int walk_values(struct walk *walk, struct json_object *before, struct json_object *after,
                const struct pattern_cursor *cursor)
{
    if (before == after) {
        return 0;
    }
    bool objects = json_object_is_type(before, json_type_object) &&
                   json_object_is_type(after, json_type_object);
    bool arrays =
        json_object_is_type(before, json_type_array) && json_object_is_type(after, json_type_array);
    if (!objects && !arrays) {
        return json_equal(before, after) ? 0 : walk_emit(walk, EDIT_REPLACE, before, after);
    }
    size_t first = walk->edits->n;
    size_t bytes = walk->edits->bytes;
    int r = objects ? walk_objects(walk, before, after, cursor)
                    : walk_arrays(walk, before, after, cursor);
    return r != 0 ? r : settle(walk, first, bytes, before, after);
}

int walk_diff(struct edits *ret, struct json_object *before, struct json_object *after,
              const struct patterns *ignore, enum walk_purpose purpose)
{
    struct walk walk = { .purpose = purpose, .edits = ret };
    struct pattern_cursor cursor = patterns_start(ignore);
    int r = pattern_cursor_matches(&cursor) ? 0 : walk_values(&walk, before, after, &cursor);
    buf_deinit(&walk.path);
    memo_deinit(&walk.memo);
    return r;
}
