// Equality and fingerprints by meaning. An object's fingerprint adds up its members' hashes, which
// gives the same sum in any order without sorting.

#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#include <string.h>

#include "bridge/model/json-number.h"
#include "bridge/model/json.h"

enum kind { KIND_NULL, KIND_FALSE, KIND_TRUE, KIND_NUMBER, KIND_STRING, KIND_ARRAY, KIND_OBJECT };

// Fills *ret_number for a number. What is no JSON number (NaN) is written as null and counts so.
static enum kind kind_of(struct json_object *value, struct number *ret_number)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return KIND_NULL;
    case json_type_boolean: return json_object_get_boolean(value) ? KIND_TRUE : KIND_FALSE;
    case json_type_int:
    case json_type_double: return number_get(ret_number, value) ? KIND_NUMBER : KIND_NULL;
    case json_type_string: return KIND_STRING;
    case json_type_array: return KIND_ARRAY;
    case json_type_object: return KIND_OBJECT;
    }
    return KIND_NULL;
}

static size_t string_length(struct json_object *value)
{
    return (size_t)json_object_get_string_len(value);
}

static bool strings_equal(struct json_object *a, struct json_object *b)
{
    size_t len = string_length(a);
    return len == string_length(b) &&
           memcmp(json_object_get_string(a), json_object_get_string(b), len) == 0;
}

static bool arrays_equal(struct json_object *a, struct json_object *b)
{
    size_t n = json_object_array_length(a);
    if (n != json_object_array_length(b)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!json_equal(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i))) {
            return false;
        }
    }
    return true;
}

static bool objects_equal(struct json_object *a, struct json_object *b)
{
    if (json_object_object_length(a) != json_object_object_length(b)) {
        return false;
    }
    for (struct lh_entry *entry = lh_table_head(json_object_get_object(a)); entry;
         entry = lh_entry_next(entry)) {
        struct json_object *other;
        if (!json_object_object_get_ex(b, lh_entry_k(entry), &other) ||
            !json_equal(lh_entry_v(entry), other)) {
            return false;
        }
    }
    return true;
}

bool json_equal(struct json_object *a, struct json_object *b)
{
    if (a == b) {
        return true;
    }
    struct number a_number;
    struct number b_number;
    enum kind kind = kind_of(a, &a_number);
    if (kind != kind_of(b, &b_number)) {
        return false;
    }
    switch (kind) {
    case KIND_NULL:
    case KIND_FALSE:
    case KIND_TRUE: return true;
    case KIND_NUMBER: return number_eq(&a_number, &b_number);
    case KIND_STRING: return strings_equal(a, b);
    case KIND_ARRAY: return arrays_equal(a, b);
    case KIND_OBJECT: return objects_equal(a, b);
    }
    return false;
}

// Keeps a "1" apart from a 1, and [] from {}.
static struct hash128 tagged(enum kind kind, struct hash128 hash)
{
    return hash128_mix((struct hash128){ .low = (uint64_t)kind + 1 }, hash);
}

static struct hash128 array_fingerprint(struct json_object *array)
{
    size_t n = json_object_array_length(array);
    struct hash128 hash = { .low = n };
    for (size_t i = 0; i < n; i++) {
        hash = hash128_mix(hash, json_fingerprint(json_object_array_get_idx(array, i)));
    }
    return hash;
}

static struct hash128 object_fingerprint(struct json_object *object)
{
    struct hash128 sum = { 0 };
    for (struct lh_entry *entry = lh_table_head(json_object_get_object(object)); entry;
         entry = lh_entry_next(entry)) {
        const char *name = lh_entry_k(entry);
        struct hash128 member =
            hash128_mix(hash128_of(name, strlen(name)), json_fingerprint(lh_entry_v(entry)));
        sum.low += member.low;
        sum.high += member.high;
    }
    return sum;
}

struct hash128 json_fingerprint(struct json_object *value)
{
    struct number number;
    enum kind kind = kind_of(value, &number);
    struct hash128 hash = { 0 };
    switch (kind) {
    case KIND_NULL:
    case KIND_FALSE:
    case KIND_TRUE: break;
    case KIND_NUMBER: hash = number_hash(&number); break;
    case KIND_STRING: hash = hash128_of(json_object_get_string(value), string_length(value)); break;
    case KIND_ARRAY: hash = array_fingerprint(value); break;
    case KIND_OBJECT: hash = object_fingerprint(value); break;
    }
    return tagged(kind, hash);
}

bool json_is_true(struct json_object *value)
{
    return value &&
           (!json_object_is_type(value, json_type_boolean) || json_object_get_boolean(value));
}
