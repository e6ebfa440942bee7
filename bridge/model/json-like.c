#include "bridge/model/json-like.h"

#include <errno.h>
#include <string.h>

#include <json-c/json_object.h>
#include <json-c/linkhash.h>

#include "bridge/base/buf.h"
#include "bridge/model/json-string.h"
#include "bridge/model/json.h"

bool like_bool(struct json_object *like, bool is)
{
    return json_object_is_type(like, json_type_boolean) &&
           (bool)json_object_get_boolean(like) == is;
}

bool like_string(struct json_object *like, const char *text, size_t len)
{
    return json_object_is_type(like, json_type_string) &&
           (size_t)json_object_get_string_len(like) == len &&
           memcmp(json_object_get_string(like), text, len) == 0;
}

bool like_int(struct json_object *like, int64_t number)
{
    // json-c answers INT64_MAX for a larger uint64.
    return number != INT64_MAX && json_object_is_type(like, json_type_int) &&
           json_object_get_int64(like) == number;
}

bool like_number(struct json_object *like, const char *text)
{
    const char *other =
        json_object_is_type(like, json_type_double) ? json_object_get_userdata(like) : NULL;
    return other && strcmp(other, text) == 0;
}

// ---- objects ----

void like_object_init(struct like_object *object, struct json_object *like)
{
    bool is_object = json_object_is_type(like, json_type_object);
    *object = (struct like_object){
        .like = is_object ? like : NULL,
        .next = is_object ? lh_table_head(json_object_get_object(like)) : NULL,
    };
}

static bool is_named(const struct lh_entry *entry, const struct json_raw *name)
{
    const char *key = lh_entry_k(entry);
    return strncmp(key, name->text, name->len) == 0 && key[name->len] == '\0';
}

int like_object_expect(struct like_object *object, const struct json_raw *name, struct buf *scratch,
                       struct json_object **ret)
{
    *ret = NULL;
    if (!object->like) {
        return 0;
    }
    if (!object->next || name->escaped || !is_named(object->next, name)) {
        object->same = -1; // not in the order of the other one
        buf_clear(scratch);
        int r = json_string_decode(scratch, name);
        if (r) {
            return r;
        }
        object->next =
            lh_table_lookup_entry(json_object_get_object(object->like), buf_str(scratch));
    }
    *ret = object->next ? lh_entry_v(object->next) : NULL;
    return 0;
}

void like_object_compare(struct like_object *object, struct json_object *value)
{
    const struct lh_entry *entry = object->next;
    bool same = entry && object->same >= 0 && value == lh_entry_v(entry);
    object->same = same ? object->same + 1 : -1;
    object->next = entry ? lh_entry_next(entry) : NULL;
}

bool like_object_is_same(const struct like_object *object)
{
    return object->like && object->same == json_object_object_length(object->like);
}

// ---- arrays ----

void like_array_init(struct like_array *array, struct json_object *like)
{
    bool is_array = json_object_is_type(like, json_type_array);
    *array = (struct like_array){
        .like = is_array ? like : NULL,
        .n = is_array ? json_object_array_length(like) : 0,
    };
}

void like_array_deinit(struct like_array *array)
{
    (void)json_object_put(array->made);
}

// Past the end, on either side: NULL.
static struct json_object *element(const struct like_array *array, size_t index, ptrdiff_t shift)
{
    size_t at = index + (size_t)shift; // wraps below 0
    return at < array->n ? json_object_array_get_idx(array->like, at) : NULL;
}

struct json_object *like_array_expect(const struct like_array *array, size_t index)
{
    return element(array, index, array->shift);
}

bool like_array_is_same(struct like_array *array, size_t index, struct json_object *value)
{
    if (array->made || index != array->same || index >= array->n ||
        json_object_array_get_idx(array->like, index) != value) {
        return false;
    }
    array->same++;
    return true;
}

static bool is_neighbour(const struct like_array *array, size_t index, ptrdiff_t shift,
                         struct json_object *value)
{
    struct json_object *other = element(array, index, shift);
    return other && json_equal(other, value);
}

bool like_array_shift(struct like_array *array, size_t index, struct json_object *value)
{
    struct json_object *expected = like_array_expect(array, index);
    if (!value || value == expected || array->n == 0) {
        return false;
    }
    for (ptrdiff_t by = -1; by <= 1; by += 2) {
        if (is_neighbour(array, index, array->shift + by, value)) {
            array->shift += by;
            return true;
        }
    }
    return false;
}

int like_array_make(struct like_array *array)
{
    if (array->made) {
        return 0;
    }
    AUTO_JSON struct json_object *made = json_object_new_array_ext(4);
    if (!made) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < array->same; i++) {
        struct json_object *value = json_object_get(json_object_array_get_idx(array->like, i));
        if (json_object_array_add(made, value) < 0) {
            (void)json_object_put(value);
            return -ENOMEM;
        }
    }
    array->made = STEAL(made);
    return 0;
}

int like_array_take(struct like_array *array, struct json_object **ret)
{
    bool whole = array->like && !array->made && array->same == array->n;
    int r = whole ? 0 : like_array_make(array);
    if (r == 0) {
        *ret = whole ? json_object_get(array->like) : STEAL(array->made);
    }
    return r;
}
