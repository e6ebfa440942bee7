#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "bridge/base/cleanup.h"
#include "tests/property/apply.h"
#include "tests/property/random-json.h"

// splitmix64
uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint64_t random_below(struct random *random, uint64_t n)
{
    return n == 0 ? 0 : random_next(random) % n;
}

static const char *name(struct random *random)
{
    static const char *const names[] = { "a",  "b",   "c",   "d",    "id",       "a/b", "m~n",
                                         "~1", "~01", "x y", "",     "ä\n\"é\"", "0",   "-",
                                         "1",  "/",   "~",   "name", "\x01" };
    return names[random_below(random, ARRAY_LEN(names))];
}

static struct json_object *number(struct random *random)
{
    static const char *const texts[] = {
        "1.0",   "1e0",  "0.1",  "0.10", "-0.0",
        "1e400", "1e-7", "2.50", "1E+2", "123456789012345678901234567890"
    };
    static const int64_t integers[] = { 0, 1, 2, 100, -1, 9007199254740993, INT64_MAX, INT64_MIN };
    if (random_below(random, 3) == 0) {
        const char *text = texts[random_below(random, ARRAY_LEN(texts))];
        return json_object_new_double_s(strtod(text, NULL), text);
    }
    return json_object_new_int64(integers[random_below(random, ARRAY_LEN(integers))]);
}

static struct json_object *string(struct random *random)
{
    static const char *const texts[] = { "",
                                         "a",
                                         "b",
                                         "true",
                                         "1",
                                         "a\"b\\c/d",
                                         "ü",
                                         "€",
                                         "\n",
                                         "\x1f tab\t",
                                         "a text longer than the others" };
    return json_object_new_string(texts[random_below(random, ARRAY_LEN(texts))]);
}

static struct json_object *container(struct random *random, unsigned depth)
{
    uint64_t n = random_below(random, 7);
    if (random_below(random, 2) == 0) {
        struct json_object *array = json_object_new_array();
        for (uint64_t i = 0; i < n; i++) {
            (void)json_object_array_add(array, random_value(random, depth - 1));
        }
        return array;
    }
    struct json_object *object = json_object_new_object();
    for (uint64_t i = 0; i < n; i++) {
        (void)json_object_object_add(object, name(random), random_value(random, depth - 1));
    }
    return object;
}

struct json_object *random_value(struct random *random, unsigned depth)
{
    uint64_t kind = random_below(random, depth == 0 ? 5 : 10);
    switch (kind) {
    case 0: return NULL;
    case 1: return json_object_new_boolean((json_bool)random_below(random, 2));
    case 2: return number(random);
    case 3: return string(random);
    case 4: return json_object_new_int64((int64_t)random_below(random, 4));
    default: return container(random, depth);
    }
}

static void edit_array(struct random *random, struct json_object *array)
{
    size_t n = json_object_array_length(array);
    size_t at = (size_t)random_below(random, n);
    size_t other = (size_t)random_below(random, n);
    switch (random_below(random, 5)) {
    case 0: // insert
        (void)json_object_array_add(array, NULL);
        for (size_t i = n; i > at; i--) {
            struct json_object *moved = json_object_array_get_idx(array, i - 1);
            (void)json_object_array_put_idx(array, i, json_object_get(moved));
        }
        (void)json_object_array_put_idx(array, at, random_value(random, 2));
        break;
    case 1: // remove
        if (n > 0) {
            (void)json_object_array_del_idx(array, at, 1 + (size_t)random_below(random, n - at));
        }
        break;
    case 2: // swap
        if (n > 0) {
            struct json_object *a = json_object_get(json_object_array_get_idx(array, at));
            struct json_object *b = json_object_get(json_object_array_get_idx(array, other));
            (void)json_object_array_put_idx(array, at, b);
            (void)json_object_array_put_idx(array, other, a);
        }
        break;
    default: // change one
        if (n > 0) {
            struct json_object *old = json_object_array_get_idx(array, at);
            (void)json_object_array_put_idx(array, at, random_edit(random, old));
        }
    }
}

// The name of one of the members; owned by the object.
static const char *some_member(struct random *random, struct json_object *object)
{
    uint64_t skip = random_below(random, (uint64_t)json_object_object_length(object));
    json_object_object_foreach(object, member_name, member)
    {
        (void)member;
        if (skip-- == 0) {
            return member_name;
        }
    }
    return NULL;
}

static void edit_object(struct random *random, struct json_object *object)
{
    const char *member = some_member(random, object);
    uint64_t what = random_below(random, 4);
    if (what == 0 || member == NULL) {
        (void)json_object_object_add(object, name(random), random_value(random, 2));
    } else if (what == 1) {
        json_object_object_del(object, member);
    } else {
        struct json_object *old = NULL;
        (void)json_object_object_get_ex(object, member, &old);
        (void)json_object_object_add(object, member, random_edit(random, old));
    }
}

struct json_object *random_edit(struct random *random, struct json_object *value)
{
    bool array = json_object_is_type(value, json_type_array);
    bool object = json_object_is_type(value, json_type_object);
    if ((!array && !object) || random_below(random, 12) == 0) {
        return random_value(random, 2);
    }
    struct json_object *copy = deep_copy(value);
    for (uint64_t n = 1 + random_below(random, 3); n > 0; n--) {
        if (array) {
            edit_array(random, copy);
        } else {
            edit_object(random, copy);
        }
    }
    return copy;
}

static struct json_object *respelled_object(struct random *random, struct json_object *value)
{
    const char *names[64];
    size_t n = 0;
    json_object_object_foreach(value, member_name, member)
    {
        (void)member;
        names[n++] = member_name;
    }
    struct json_object *object = json_object_new_object();
    while (n > 0) {
        size_t at = (size_t)random_below(random, n);
        struct json_object *old = NULL;
        (void)json_object_object_get_ex(value, names[at], &old);
        (void)json_object_object_add(object, names[at], random_respelled(random, old));
        names[at] = names[--n];
    }
    return object;
}

static struct json_object *respelled_integer(struct random *random, int64_t integer)
{
    char text[40];
    switch (random_below(random, 4)) {
    case 0: (void)snprintf(text, sizeof(text), "%" PRId64 ".0", integer); break;
    case 1: (void)snprintf(text, sizeof(text), "%" PRId64 "e0", integer); break;
    case 2: (void)snprintf(text, sizeof(text), "%" PRId64 "0e-1", integer); break;
    default: (void)snprintf(text, sizeof(text), "%" PRId64 ".000E+0", integer); break;
    }
    return json_object_new_double_s(strtod(text, NULL), text);
}

struct json_object *random_respelled(struct random *random, struct json_object *value)
{
    if (json_object_is_type(value, json_type_object)) {
        return respelled_object(random, value);
    }
    if (json_object_is_type(value, json_type_array)) {
        struct json_object *array = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            struct json_object *element = json_object_array_get_idx(value, i);
            (void)json_object_array_add(array, random_respelled(random, element));
        }
        return array;
    }
    if (json_object_is_type(value, json_type_int)) {
        return respelled_integer(random, json_object_get_int64(value));
    }
    return deep_copy(value);
}

static uint64_t from_environment(const char *variable, uint64_t usual)
{
    const char *text = getenv(variable);
    return text == NULL ? usual : strtoull(text, NULL, 10);
}

uint64_t random_seed(void)
{
    uint64_t seed = from_environment("POLLBRIDGE_PROPERTY_SEED", (uint64_t)time(NULL));
    (void)printf("# POLLBRIDGE_PROPERTY_SEED=%" PRIu64 "\n", seed);
    return seed;
}

uint64_t random_rounds(uint64_t usual)
{
    return from_environment("POLLBRIDGE_PROPERTY_PAIRS", usual);
}
