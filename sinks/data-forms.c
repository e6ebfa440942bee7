#include "sinks/data-forms.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/diff/merge.h"
#include "bridge/model/json.h"

static const char *const names[] = { "key",   "before",  "after",  "patch",
                                     "merge", "changes", "unified" };

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
                               "patch, merge, changes and unified",
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

// What is carried instead of a merge patch that cannot be: the name of the form.
static int refuse_merge(struct json_object *data, const struct problem *why,
                        const char **ret_instead)
{
    struct json_object *words = json_object_new_string(why ? why->message : "a null is ambiguous");
    if (!words) {
        return -ENOMEM;
    }
    *ret_instead = json_object_object_get_ex(data, "patch", NULL) ? "patch" : "after";
    return add(data, "merge_refused", words);
}

static int add_merge(struct json_object *data, const char **ret_instead)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct json_object *before = NULL;
    struct json_object *after = NULL;
    struct json_object *merge = NULL;
    (void)json_object_object_get_ex(data, "before", &before);
    if (!json_object_object_get_ex(data, "after", &after)) {
        return 0; // an event that tells no change of a document
    }
    int r = diff_merge(before, after, &merge, &why);
    if (r == MERGE_E_AMBIGUOUS) {
        return refuse_merge(data, why, ret_instead);
    }
    return r == 0 ? add(data, "merge", merge) : r;
}

int data_forms_apply(const struct string_list *forms, struct json_object *data)
{
    const char *instead = NULL;
    int r = 0;
    if (forms->n == 0 || !json_object_is_type(data, json_type_object)) {
        return 0;
    }
    if (is_listed(forms, "merge")) {
        r = add_merge(data, &instead);
    }
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(names); i++) {
        if (!is_listed(forms, names[i]) && !str_eq(names[i], instead)) {
            json_object_object_del(data, names[i]);
        }
    }
    return r;
}
