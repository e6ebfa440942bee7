#include "bridge/diff/merge.h"

#include <errno.h>
#include <stdbool.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/diff/members.h"
#include "bridge/diff/pointer.h"
#include "bridge/model/json.h"

struct merge {
    struct buf path; // JSON Pointer of the value at hand
    struct problem **reterr;
};

static bool is_object(struct json_object *value)
{
    return json_object_is_type(value, json_type_object);
}

static int refuse_null(const struct merge *merge)
{
    return problem_set(merge->reterr, MERGE_E_AMBIGUOUS, "merge_null",
                       "%s is null now, which a merge patch would understand as removed; "
                       "use patch instead",
                       merge->path.len > 0 ? buf_str(&merge->path) : "the document");
}

// A value put where there was none that it could merge into: inside objects null means "no member".
static int check_new_value(struct merge *merge, struct json_object *value)
{
    if (value == NULL) {
        return refuse_null(merge);
    }
    if (!is_object(value)) {
        return 0; // arrays are taken whole, with every null in them
    }
    json_object_object_foreach(value, name, member)
    {
        size_t mark;
        int r = pointer_push_name(&merge->path, name, &mark);
        if (r == 0) {
            r = check_new_value(merge, member);
        }
        if (r != 0) {
            return r;
        }
        pointer_cut(&merge->path, mark);
    }
    return 0;
}

// Consumes value, also on failure.
static int add(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_object_add(object, name, value) != 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int add_removed(struct json_object *patch, struct json_object *before,
                       struct json_object *after)
{
    struct member_finder finder = member_finder_in(after);
    json_object_object_foreach(before, name, value)
    {
        struct json_object *other;
        (void)value;
        if (!member_find(&finder, name, &other) && add(patch, name, NULL) != 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int merge_objects(struct merge *merge, struct json_object *before, struct json_object *after,
                         struct json_object **ret);

static int merge_member(struct merge *merge, struct json_object *before, struct json_object *after,
                        struct json_object **ret)
{
    if (is_object(before) && is_object(after)) {
        return merge_objects(merge, before, after, ret);
    }
    int r = check_new_value(merge, after);
    if (r == 0) {
        *ret = json_object_get(after);
    }
    return r;
}

static int add_different(struct merge *merge, struct json_object *patch, struct json_object *before,
                         struct json_object *after)
{
    struct member_finder finder = member_finder_in(before);
    json_object_object_foreach(after, name, value)
    {
        size_t mark;
        struct json_object *old = NULL;
        struct json_object *difference = NULL;
        bool existed = member_find(&finder, name, &old);
        if (existed && json_equal(old, value)) {
            continue;
        }
        int r = pointer_push_name(&merge->path, name, &mark);
        if (r == 0) {
            r = merge_member(merge, old, value, &difference);
        }
        if (r == 0) {
            r = add(patch, name, difference);
        }
        if (r != 0) {
            return r;
        }
        pointer_cut(&merge->path, mark);
    }
    return 0;
}

static int merge_objects(struct merge *merge, struct json_object *before, struct json_object *after,
                         struct json_object **ret)
{
    AUTO_JSON struct json_object *patch = json_object_new_object();
    if (patch == NULL) {
        return -ENOMEM;
    }
    int r = add_removed(patch, before, after);
    if (r == 0) {
        r = add_different(merge, patch, before, after);
    }
    if (r == 0) {
        *ret = STEAL(patch);
    }
    return r;
}

int diff_merge(struct json_object *before, struct json_object *after, struct json_object **ret,
               struct problem **reterr)
{
    struct merge merge = { .reterr = reterr };
    int r = 0;
    if (is_object(before) && is_object(after)) {
        r = merge_objects(&merge, before, after, ret);
    } else {
        // At the root even null is a value (RFC 7396 section 2: what is no object replaces all).
        r = after == NULL ? 0 : check_new_value(&merge, after);
        if (r == 0) {
            *ret = json_object_get(after);
        }
    }
    buf_deinit(&merge.path);
    return r;
}
