#include "tests/property/naive.h"

#include <json-c/json.h>

#include "bridge/model/json.h"

static size_t of_objects(struct json_object *before, struct json_object *after)
{
    size_t n = 0;
    json_object_object_foreach(before, name, value)
    {
        struct json_object *other = NULL;
        n += json_object_object_get_ex(after, name, &other) ? naive_changes(value, other) : 1;
    }
    json_object_object_foreach(after, new_name, new_value)
    {
        (void)new_value;
        n += !json_object_object_get_ex(before, new_name, NULL);
    }
    return n;
}

static size_t of_arrays(struct json_object *before, struct json_object *after)
{
    size_t a = json_object_array_length(before);
    size_t b = json_object_array_length(after);
    size_t both = a < b ? a : b;
    size_t n = a + b - 2 * both;
    for (size_t i = 0; i < both; i++) {
        n += naive_changes(json_object_array_get_idx(before, i),
                           json_object_array_get_idx(after, i));
    }
    return n;
}

size_t naive_changes(struct json_object *before, struct json_object *after)
{
    if (json_object_is_type(before, json_type_object) &&
        json_object_is_type(after, json_type_object)) {
        return of_objects(before, after);
    }
    if (json_object_is_type(before, json_type_array) &&
        json_object_is_type(after, json_type_array)) {
        return of_arrays(before, after);
    }
    return json_equal(before, after) ? 0 : 1;
}
