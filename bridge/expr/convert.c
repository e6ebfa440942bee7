#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/expr/convert.h"
#include "bridge/expr/number.h"
#include "bridge/model/json.h"

#define OUTPUT_BYTES_MAX ((size_t)256 << 20)

// About what json-c takes for a value beside its text: an object comes with room for 16 members.
#define SCALAR_BYTES 48
#define ARRAY_BYTES  112
#define OBJECT_BYTES 928

static int number_to_jv(jv *ret, struct json_object *value, const struct inexact_numbers *stand_ins)
{
    double number = number_nearest(value);
    if (stand_ins != NULL && !number_is_exact(value)) {
        int r = inexact_numbers_stand_in(stand_ins, value, &number);
        if (r != 0) {
            return r;
        }
    }
    *ret = jv_number(number);
    return 0;
}

static int array_to_jv(jv *ret, struct json_object *input, const struct inexact_numbers *stand_ins)
{
    size_t n = json_object_array_length(input);
    if (n > INT_MAX / 4) {
        return CONVERT_E_LIMIT;
    }
    jv array = jv_array_sized((int)n);
    for (size_t i = 0; i < n; i++) {
        jv element;
        int r = convert_to_jv(&element, json_object_array_get_idx(input, i), stand_ins);
        if (r != 0) {
            jv_free(array);
            return r;
        }
        array = jv_array_append(array, element);
    }
    *ret = array;
    return 0;
}

static int object_to_jv(jv *ret, struct json_object *input, const struct inexact_numbers *stand_ins)
{
    jv object = jv_object();
    json_object_object_foreach(input, name, member)
    {
        jv value;
        int r = convert_to_jv(&value, member, stand_ins);
        if (r != 0) {
            jv_free(object);
            return r;
        }
        object = jv_object_set(object, jv_string(name), value);
    }
    *ret = object;
    return 0;
}

int convert_to_jv(jv *ret, struct json_object *input, const struct inexact_numbers *stand_ins)
{
    switch (json_object_get_type(input)) {
    case json_type_null: *ret = jv_null(); return 0;
    case json_type_boolean: *ret = jv_bool(json_object_get_boolean(input)); return 0;
    case json_type_int:
    case json_type_double: return number_to_jv(ret, input, stand_ins);
    case json_type_string:
        *ret = jv_string_sized(json_object_get_string(input), json_object_get_string_len(input));
        return 0;
    case json_type_array: return array_to_jv(ret, input, stand_ins);
    case json_type_object: break;
    }
    return object_to_jv(ret, input, stand_ins);
}

struct reader {
    const struct inexact_numbers *numbers;
    size_t bytes;
    unsigned depth;
    struct problem **reterr;
};

static int read_value(struct reader *reader, jv value, const jv *other, struct json_object **ret);

static int inexact(const struct reader *reader)
{
    return problem_set(reader->reterr, CONVERT_E_INEXACT, "expr_inexact",
                       "the answer is computed from a number that jq cannot hold exactly (such as "
                       "%s); pass such numbers on unchanged, or use a plain path",
                       reader->numbers->v[0].text);
}

static int limit(const struct reader *reader, const char *what)
{
    return problem_set(reader->reterr, CONVERT_E_LIMIT, "expr_limit", "the answer %s", what);
}

static int count(struct reader *reader, size_t bytes)
{
    reader->bytes += bytes;
    return reader->bytes > OUTPUT_BYTES_MAX ? limit(reader, "takes more than 256 MiB") : 0;
}

static int read_number(struct reader *reader, jv value, const jv *other, struct json_object **ret)
{
    double number = jv_number_value(value);
    double second = other == NULL ? number : jv_number_value(*other);
    if (number < second || number > second || isnan(number) != isnan(second)) {
        struct json_object *original = inexact_numbers_original(reader->numbers, number, second);
        if (original == NULL) {
            return inexact(reader);
        }
        *ret = json_object_get(original);
        return 0;
    }
    return number_from_double(ret, number);
}

static int read_string(struct reader *reader, jv value, const jv *other, struct json_object **ret)
{
    if (other != NULL && !jv_equal(jv_copy(value), jv_copy(*other))) {
        return inexact(reader);
    }
    int len = jv_string_length_bytes(jv_copy(value));
    int r = count(reader, (size_t)len);
    if (r != 0) {
        return r;
    }
    *ret = json_object_new_string_len(jv_string_value(value), len);
    return *ret == NULL ? -ENOMEM : 0;
}

static int read_element(struct reader *reader, jv value, const jv *other, int i,
                        struct json_object *array)
{
    AUTO_JSON struct json_object *element = NULL;
    jv first = jv_array_get(jv_copy(value), i);
    jv second = other == NULL ? jv_null() : jv_array_get(jv_copy(*other), i);
    int r = read_value(reader, first, other == NULL ? NULL : &second, &element);
    jv_free(first);
    jv_free(second);
    if (r != 0) {
        return r;
    }
    if (json_object_array_add(array, element) != 0) {
        return -ENOMEM;
    }
    element = NULL;
    return 0;
}

static int read_array(struct reader *reader, jv value, const jv *other, struct json_object **ret)
{
    int n = jv_array_length(jv_copy(value));
    if (other != NULL && jv_array_length(jv_copy(*other)) != n) {
        return inexact(reader);
    }
    int r = count(reader, ARRAY_BYTES + sizeof(void *) * (size_t)n);
    if (r != 0) {
        return r;
    }
    AUTO_JSON struct json_object *array = json_object_new_array_ext(n);
    r = array == NULL ? -ENOMEM : 0;
    for (int i = 0; i < n && r == 0; i++) {
        r = read_element(reader, value, other, i, array);
    }
    if (r == 0) {
        *ret = STEAL(array);
    }
    return r;
}

static int read_named(struct reader *reader, const char *name, jv value, const jv *other,
                      struct json_object *object)
{
    AUTO_JSON struct json_object *member = NULL;
    int r = count(reader, strlen(name));
    if (r == 0) {
        r = read_value(reader, value, other, &member);
    }
    if (r != 0) {
        return r;
    }
    if (json_object_object_add(object, name, member) != 0) {
        return -ENOMEM;
    }
    member = NULL;
    return 0;
}

static int read_member(struct reader *reader, jv name, jv value, const jv *other,
                       struct json_object *object)
{
    const char *text = jv_string_value(name);
    if (strlen(text) != (size_t)jv_string_length_bytes(jv_copy(name))) {
        return limit(reader, "has a member name with a NUL character in it");
    }
    if (other == NULL) {
        return read_named(reader, text, value, NULL, object);
    }
    jv second = jv_object_get(jv_copy(*other), jv_copy(name));
    int r =
        jv_is_valid(second) ? read_named(reader, text, value, &second, object) : inexact(reader);
    jv_free(second);
    return r;
}

static int read_object(struct reader *reader, jv value, const jv *other, struct json_object **ret)
{
    if (other != NULL && jv_object_length(jv_copy(*other)) != jv_object_length(jv_copy(value))) {
        return inexact(reader);
    }
    int r = count(reader, OBJECT_BYTES);
    if (r != 0) {
        return r;
    }
    AUTO_JSON struct json_object *object = json_object_new_object();
    r = object == NULL ? -ENOMEM : 0;
    for (int i = jv_object_iter(value); jv_object_iter_valid(value, i) && r == 0;
         i = jv_object_iter_next(value, i)) {
        jv name = jv_object_iter_key(value, i);
        jv member = jv_object_iter_value(value, i);
        r = read_member(reader, name, member, other, object);
        jv_free(name);
        jv_free(member);
    }
    if (r == 0) {
        *ret = STEAL(object);
    }
    return r;
}

static int read_value(struct reader *reader, jv value, const jv *other, struct json_object **ret)
{
    jv_kind kind = jv_get_kind(value);
    if (other != NULL && jv_get_kind(*other) != kind) {
        return inexact(reader);
    }
    int r = count(reader, SCALAR_BYTES);
    if (r != 0) {
        return r;
    }
    switch (kind) {
    case JV_KIND_INVALID:
    case JV_KIND_NULL: *ret = NULL; return 0;
    case JV_KIND_FALSE:
    case JV_KIND_TRUE:
        *ret = json_object_new_boolean(kind == JV_KIND_TRUE);
        return *ret == NULL ? -ENOMEM : 0;
    case JV_KIND_NUMBER: return read_number(reader, value, other, ret);
    case JV_KIND_STRING: return read_string(reader, value, other, ret);
    case JV_KIND_ARRAY:
    case JV_KIND_OBJECT: break;
    }
    if (reader->depth == JSON_DEPTH_MAX) {
        return limit(reader, "is nested deeper than 64 levels");
    }
    reader->depth++;
    r = kind == JV_KIND_ARRAY ? read_array(reader, value, other, ret)
                              : read_object(reader, value, other, ret);
    reader->depth--;
    return r;
}

int convert_from_jv(struct json_object **ret, jv value, const jv *other,
                    const struct inexact_numbers *numbers, struct problem **reterr)
{
    struct reader reader = { .numbers = numbers, .reterr = reterr };
    return read_value(&reader, value, other, ret);
}
