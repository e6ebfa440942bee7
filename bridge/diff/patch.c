#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/patch.h"
#include "bridge/diff/walk.h"
#include "bridge/model/json.h"

static const char *op_name(enum edit_kind kind)
{
    switch (kind) {
    case EDIT_ADD: return "add";
    case EDIT_REMOVE: return "remove";
    case EDIT_MOVE: return "move";
    case EDIT_REPLACE: break;
    }
    return "replace";
}

// Consumes value, also on failure. The name is a constant.
static int set(struct json_object *object, const char *name, struct json_object *value)
{
    const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;
    if (json_object_object_add_ex(object, name, value, flags) != 0) {
        json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int set_text(struct json_object *object, const char *name, const char *text)
{
    struct json_object *value = json_object_new_string(text);
    return value == NULL ? -ENOMEM : set(object, name, value);
}

static int fill_operation(struct json_object *object, const struct edit *edit)
{
    int r = set_text(object, "op", op_name(edit->kind));
    if (r == 0 && edit->kind == EDIT_MOVE) {
        r = set_text(object, "from", edit->from);
    }
    if (r == 0) {
        r = set_text(object, "path", edit->path);
    }
    if (r == 0 && (edit->kind == EDIT_ADD || edit->kind == EDIT_REPLACE)) {
        r = set(object, "value", json_object_get(edit->after));
    }
    return r;
}

static int fill_change(struct json_object *object, const struct edit *edit)
{
    int r = set_text(object, "path", edit->path);
    if (r == 0 && edit->kind != EDIT_ADD) {
        r = set(object, "old", json_object_get(edit->before));
    }
    if (r == 0 && edit->kind != EDIT_REMOVE) {
        r = set(object, "new", json_object_get(edit->after));
    }
    return r;
}

// What is there before the operation.
static int fill_test(struct json_object *object, const struct edit *edit)
{
    int r = set_text(object, "op", "test");
    if (r == 0) {
        r = set_text(object, "path", edit->kind == EDIT_MOVE ? edit->from : edit->path);
    }
    return r == 0 ? set(object, "value", json_object_get(edit->before)) : r;
}

typedef int (*fill_fn)(struct json_object *object, const struct edit *edit);

static int append(struct json_object *array, const struct edit *edit, fill_fn fill)
{
    AUTO_JSON struct json_object *object = json_object_new_object();
    int r = object == NULL ? -ENOMEM : fill(object, edit);
    if (r != 0) {
        return r;
    }
    if (json_object_array_add(array, object) != 0) {
        return -ENOMEM;
    }
    object = NULL;
    return 0;
}

// `test` is filled in front of every edit that takes something away; NULL: nothing is.
static int to_json(const struct edits *edits, fill_fn test, fill_fn fill, struct json_object **ret)
{
    AUTO_JSON struct json_object *array = json_object_new_array();
    int r = array == NULL ? -ENOMEM : 0;
    for (size_t i = 0; i < edits->n && r == 0; i++) {
        if (test != NULL && edits->v[i].kind != EDIT_ADD) {
            r = append(array, &edits->v[i], test);
        }
        r = r != 0 ? r : append(array, &edits->v[i], fill);
    }
    if (r == 0) {
        *ret = STEAL(array);
    }
    return r;
}

int diff_patch(struct json_object *before, struct json_object *after, struct json_object **ret)
{
    CLEANUP(edits_deinit) struct edits edits = { 0 };
    int r = walk_diff(&edits, before, after, NULL, WALK_PATCH);
    return r != 0 ? r : to_json(&edits, NULL, fill_operation, ret);
}

int diff_patch_tested(struct json_object *before, struct json_object *after,
                      struct json_object **ret)
{
    CLEANUP(edits_deinit) struct edits edits = { 0 };
    int r = walk_diff(&edits, before, after, NULL, WALK_PATCH);
    return r != 0 ? r : to_json(&edits, fill_test, fill_operation, ret);
}

int diff_changes(struct json_object *before, struct json_object *after,
                 const struct patterns *ignore, struct json_object **ret)
{
    CLEANUP(edits_deinit) struct edits edits = { 0 };
    int r = walk_diff(&edits, before, after, ignore, WALK_CHANGES);
    return r != 0 ? r : to_json(&edits, NULL, fill_change, ret);
}
