#include "sinks/data-forms.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/diff/merge.h"
#include "bridge/diff/patch.h"
#include "bridge/diff/unified.h"
#include "bridge/model/json.h"

static const char *const names[] = { "key",          "before", "after",   "patch",
                                     "tested_patch", "merge",  "changes", "unified" };

static bool is_listed(const struct string_list *forms, const char *name)
{
    for (size_t i = 0; i < forms->n; i++) {
        if (str_eq(forms->v[i], name)) {
            return true;
        }
    }
    return false;
}

int data_forms_check(const struct string_list *forms, struct problem **reterr)
{
    for (size_t i = 0; i < forms->n; i++) {
        bool known = false;
        for (size_t j = 0; j < ARRAY_LEN(names); j++) {
            known = known || str_eq(forms->v[i], names[j]);
        }
        if (!known) {
            return problem_set(reterr, -EINVAL, "bad_value",
                               "\"%.60s\" is no form of a change; there are key, before, after, "
                               "patch, tested_patch, merge, changes and unified",
                               forms->v[i]);
        }
    }
    return 0;
}

// Consumes value, also on failure.
static int add(struct json_object *data, const char *name, struct json_object *value)
{
    if (json_object_object_add(data, name, value) != 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

// A form that cannot say what changed: another one is carried in its place.
static int refuse(struct json_object *data, const char *member, const char *words,
                  const char **ret_instead)
{
    struct json_object *value = json_object_new_string(words);
    if (!value) {
        return -ENOMEM;
    }
    *ret_instead = json_object_object_get_ex(data, "patch", NULL) ? "patch" : "after";
    return add(data, member, value);
}

// What the forms that are made here are made from. False: an event that tells no change of a
// document.
struct sides {
    struct json_object *before; // borrowed
    struct json_object *after;
};

static bool find_sides(struct json_object *data, struct sides *ret)
{
    *ret = (struct sides){ 0 };
    (void)json_object_object_get_ex(data, "before", &ret->before);
    return json_object_object_get_ex(data, "after", &ret->after);
}

static int add_merge(struct json_object *data, const struct sides *sides, const char **ret_instead)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct json_object *merge = NULL;
    int r = diff_merge(sides->before, sides->after, &merge, &why);
    if (r == MERGE_E_AMBIGUOUS) {
        return refuse(data, "merge_refused", why ? why->message : "a null is ambiguous",
                      ret_instead);
    }
    return r == 0 ? add(data, "merge", merge) : r;
}

static int add_unified(struct json_object *data, const struct sides *sides,
                       const char **ret_instead)
{
    struct buf AUTO_BUF text = { 0 };
    int r = diff_unified(&text, sides->before, sides->after);
    if (r == UNIFIED_E_NO_TEXT) {
        return refuse(data, "unified_refused", "the document is no text", ret_instead);
    }
    struct json_object *value =
        r == 0 ? json_object_new_string_len(buf_str(&text), (int)text.len) : NULL;
    return value ? add(data, "unified", value) : -ENOMEM;
}

// Only where there is a patch: what was created or deleted as a whole has none.
static int add_tests(struct json_object *data, const struct sides *sides)
{
    struct json_object *patch = NULL;
    if (!json_object_object_get_ex(data, "patch", NULL)) {
        return 0;
    }
    int r = diff_patch_tested(sides->before, sides->after, &patch);
    return r == 0 ? add(data, "patch", patch) : r;
}

static int make_forms(const struct string_list *forms, struct json_object *data,
                      const char **ret_instead)
{
    struct sides sides;
    int r = 0;
    if (!find_sides(data, &sides)) {
        return 0;
    }
    if (is_listed(forms, "merge")) {
        r = add_merge(data, &sides, ret_instead);
    }
    if (r == 0 && is_listed(forms, "unified")) {
        r = add_unified(data, &sides, ret_instead);
    }
    if (r == 0 && is_listed(forms, "tested_patch")) {
        r = add_tests(data, &sides);
    }
    return r;
}

static bool is_carried(const struct string_list *forms, const char *name, const char *instead)
{
    return is_listed(forms, name) || str_eq(name, instead) ||
           (str_eq(name, "patch") && is_listed(forms, "tested_patch"));
}

int data_forms_apply(const struct string_list *forms, struct json_object *data)
{
    const char *instead = NULL;
    if (forms->n == 0 || !json_object_is_type(data, json_type_object)) {
        return 0;
    }
    int r = make_forms(forms, data, &instead);
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(names); i++) {
        if (!is_carried(forms, names[i], instead)) {
            json_object_object_del(data, names[i]);
        }
    }
    return r;
}
