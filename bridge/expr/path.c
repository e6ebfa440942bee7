// Walking a path over a json-c tree: no copies, results are references into the input.

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/expr/path.h"
#include "bridge/model/json.h"

struct walk {
    const struct path *path;
    struct json_object *first;
    struct json_object *all; // NULL: stop at the first result
    bool found;
    struct problem **reterr;
};

static bool is_plain_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_') {
        return false;
    }
    while (isalnum((unsigned char)*name) || *name == '_') {
        name++;
    }
    return *name == '\0';
}

static int format_step(struct buf *ret, const struct path_step *step)
{
    const char *dots = step->deep ? ".." : ".";
    switch (step->kind) {
    case PATH_EACH: return buf_append_str(ret, "[]");
    case PATH_INDEX: return buf_printf(ret, "[%lld]", (long long)step->index);
    case PATH_MEMBER: break;
    }
    if (is_plain_name(step->name)) {
        return buf_printf(ret, "%s%s", dots, step->name);
    }
    int r = buf_append_str(ret, step->deep ? "..[" : "[");
    if (r == 0) {
        r = json_write_string(ret, step->name, strlen(step->name));
    }
    return r != 0 ? r : buf_append_char(ret, ']');
}

int path_format(struct buf *ret, const struct path *path, size_t n)
{
    bool dotted = n > 0 && path->v[0].kind == PATH_MEMBER &&
                  (path->v[0].deep || is_plain_name(path->v[0].name));
    int r = dotted ? 0 : buf_append_char(ret, '.');
    for (size_t i = 0; i < n && r == 0; i++) {
        r = format_step(ret, &path->v[i]);
    }
    return r;
}

bool path_has_each(const struct path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        if (path->v[i].kind == PATH_EACH) {
            return true;
        }
    }
    return false;
}

static const char *type_name(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return "null";
    case json_type_boolean: return "a boolean";
    case json_type_double:
    case json_type_int: return "a number";
    case json_type_string: return "a string";
    case json_type_array: return "a list";
    case json_type_object: return "an object";
    }
    return "unknown";
}

// The place up to and with step `n - 1` is missing.
static int nothing(struct walk *walk, size_t n)
{
    AUTO_BUF struct buf place = { 0 };
    if (walk->reterr != NULL && path_format(&place, walk->path, n) != 0) {
        return -ENOMEM;
    }
    return problem_set(walk->reterr, PATH_E_NOTHING, "path_nothing", "there is nothing at %s",
                       buf_str(&place));
}

static int wrong_type(struct walk *walk, size_t at, struct json_object *value)
{
    static const char *const needs[] = {
        [PATH_MEMBER] = "an object",
        [PATH_INDEX] = "a list",
        [PATH_EACH] = "a list or an object",
    };
    AUTO_BUF struct buf place = { 0 };
    if (walk->reterr != NULL && path_format(&place, walk->path, at) != 0) {
        return -ENOMEM;
    }
    return problem_set(walk->reterr, PATH_E_FAILED, "path_type", "%s is %s, not %s",
                       buf_str(&place), type_name(value), needs[walk->path->v[at].kind]);
}

static int emit(struct walk *walk, struct json_object *value)
{
    struct json_object *mine = json_object_get(value);
    if (walk->all == NULL) {
        walk->first = mine;
        walk->found = true;
        return 0;
    }
    if (json_object_array_add(walk->all, mine) != 0) {
        json_object_put(mine);
        return -ENOMEM;
    }
    return 0;
}

enum lookup { FOUND, MISSING, WRONG_TYPE };

// One step that leads to a single place. *value moves on when it was found.
static enum lookup lookup(const struct path_step *step, struct json_object **value)
{
    if (*value == NULL) {
        return MISSING;
    }
    if (step->kind == PATH_MEMBER) {
        if (!json_object_is_type(*value, json_type_object)) {
            return WRONG_TYPE;
        }
        return json_object_object_get_ex(*value, step->name, value) ? FOUND : MISSING;
    }
    if (!json_object_is_type(*value, json_type_array)) {
        return WRONG_TYPE;
    }
    int64_t n = (int64_t)json_object_array_length(*value);
    int64_t index = step->index < 0 ? step->index + n : step->index;
    if (index < 0 || index >= n) {
        return MISSING;
    }
    *value = json_object_array_get_idx(*value, (size_t)index);
    return FOUND;
}

static int walk_from(struct walk *walk, size_t at, struct json_object *value);

static int walk_each(struct walk *walk, size_t at, struct json_object *value)
{
    int r = 0;
    if (json_object_is_type(value, json_type_array)) {
        size_t n = json_object_array_length(value);
        for (size_t i = 0; i < n && r == 0 && !walk->found; i++) {
            r = walk_from(walk, at + 1, json_object_array_get_idx(value, i));
        }
        return r;
    }
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            r = walk_from(walk, at + 1, member);
            if (r != 0 || walk->found) {
                break;
            }
        }
        return r;
    }
    return walk->path->v[at].optional ? 0 : wrong_type(walk, at, value);
}

static int walk_from(struct walk *walk, size_t at, struct json_object *value)
{
    for (; at < walk->path->n; at++) {
        const struct path_step *step = &walk->path->v[at];
        if (step->kind == PATH_EACH) {
            return walk_each(walk, at, value);
        }
        struct json_object *next = value;
        switch (lookup(step, &next)) {
        case FOUND: value = next; break;
        case MISSING:
            if (!step->optional) {
                return nothing(walk, at + 1);
            }
            value = NULL;
            break;
        case WRONG_TYPE: return step->optional ? 0 : wrong_type(walk, at, value);
        }
    }
    return emit(walk, value);
}

int path_first(const struct path *path, struct json_object *input, struct json_object **ret,
               struct problem **reterr)
{
    struct walk walk = { .path = path, .reterr = reterr };
    int r = walk_from(&walk, 0, input);
    if (r == 0 && !walk.found) {
        r = nothing(&walk, path->n);
    }
    if (r != 0) {
        return r;
    }
    *ret = walk.first;
    return 0;
}

int path_all(const struct path *path, struct json_object *input, struct json_object **ret,
             struct problem **reterr)
{
    AUTO_JSON struct json_object *all = json_object_new_array();
    if (all == NULL) {
        return -ENOMEM;
    }
    struct walk walk = { .path = path, .all = all, .reterr = reterr };
    int r = walk_from(&walk, 0, input);
    if (r != 0) {
        return r;
    }
    *ret = STEAL(all);
    return 0;
}
