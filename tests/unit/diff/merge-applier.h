#pragma once
// RFC 7396 section 2, word by word, for tests.

#include <json-c/json.h>

// Consumes target.
static inline struct json_object *apply_merge(struct json_object *target, struct json_object *patch)
{
    if (!json_object_is_type(patch, json_type_object)) {
        (void)json_object_put(target);
        return json_object_get(patch);
    }
    if (!json_object_is_type(target, json_type_object)) {
        (void)json_object_put(target);
        target = json_object_new_object();
    }
    json_object_object_foreach(patch, name, value)
    {
        struct json_object *old = NULL;
        if (value == NULL) {
            json_object_object_del(target, name);
            continue;
        }
        (void)json_object_object_get_ex(target, name, &old);
        struct json_object *next = apply_merge(json_object_get(old), value);
        (void)json_object_object_add(target, name, next);
    }
    return target;
}
