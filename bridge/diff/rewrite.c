#include "bridge/diff/rewrite.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/expr/pattern.h"

struct pair { // a place in both values
    struct json_object *value;
    struct json_object *beside;
    bool has_beside;
};

static int rewrite(const struct rewrite *rules, const struct pair *pair,
                   const struct pattern_cursor *cursor, struct json_object **ret);

// A copy of the container alone; what is in it is shared.
static struct json_object *copy_object(struct json_object *object)
{
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(object, name, member)
    {
        if (copy && json_object_object_add(copy, name, json_object_get(member)) != 0) {
            (void)json_object_put(member);
            (void)json_object_put(copy);
            return NULL;
        }
    }
    return copy;
}

static struct json_object *copy_array(struct json_object *array)
{
    size_t n = json_object_array_length(array);
    struct json_object *copy = json_object_new_array();
    for (size_t i = 0; copy && i < n; i++) {
        struct json_object *element = json_object_array_get_idx(array, i);
        if (json_object_array_add(copy, json_object_get(element)) != 0) {
            (void)json_object_put(element);
            (void)json_object_put(copy);
            return NULL;
        }
    }
    return copy;
}

// The first difference makes the copy.
static int make_own(struct json_object **copy, struct json_object *original,
                    struct json_object *(*copy_of)(struct json_object *original))
{
    if (*copy == original) {
        struct json_object *made = copy_of(original);
        if (!made) {
            return -ENOMEM;
        }
        (void)json_object_put(*copy);
        *copy = made;
    }
    return 0;
}

// Consumes `take`.
static int set_member(struct json_object **copy, struct json_object *object, const char *name,
                      struct json_object *take)
{
    int r = make_own(copy, object, copy_object);
    if (r == 0 && json_object_object_add(*copy, name, take) != 0) {
        r = -ENOMEM;
    }
    if (r != 0) {
        (void)json_object_put(take);
    }
    return r;
}

// Consumes `take`.
static int set_element(struct json_object **copy, struct json_object *array, size_t index,
                       struct json_object *take)
{
    int r = make_own(copy, array, copy_array);
    if (r == 0 && json_object_array_put_idx(*copy, index, take) != 0) {
        r = -ENOMEM;
    }
    if (r != 0) {
        (void)json_object_put(take);
    }
    return r;
}

static int rewrite_object(const struct rewrite *rules, const struct pair *pair,
                          const struct pattern_cursor *cursor, struct json_object **ret)
{
    bool both = pair->has_beside && json_object_is_type(pair->beside, json_type_object);
    struct json_object *copy = json_object_get(pair->value);
    int r = 0;
    json_object_object_foreach(pair->value, name, member)
    {
        struct pattern_cursor below = pattern_cursor_member(cursor, name);
        struct pair inner = { .value = member };
        struct json_object *made = NULL;
        inner.has_beside = both && json_object_object_get_ex(pair->beside, name, &inner.beside);
        r = rewrite(rules, &inner, &below, &made);
        if (r == 0 && made != member) {
            r = set_member(&copy, pair->value, name, made);
        } else if (r == 0) {
            (void)json_object_put(made);
        }
        if (r != 0) {
            (void)json_object_put(copy);
            return r;
        }
    }
    *ret = copy;
    return 0;
}

static int rewrite_array(const struct rewrite *rules, const struct pair *pair,
                         const struct pattern_cursor *cursor, struct json_object **ret)
{
    bool both = pair->has_beside && json_object_is_type(pair->beside, json_type_array);
    size_t beside_n = both ? json_object_array_length(pair->beside) : 0;
    size_t n = json_object_array_length(pair->value);
    struct json_object *copy = json_object_get(pair->value);
    for (size_t i = 0; i < n; i++) {
        struct pattern_cursor below = pattern_cursor_element(cursor, i);
        struct json_object *element = json_object_array_get_idx(pair->value, i);
        struct pair inner = { .value = element, .has_beside = i < beside_n };
        struct json_object *made = NULL;
        inner.beside = inner.has_beside ? json_object_array_get_idx(pair->beside, i) : NULL;
        int r = rewrite(rules, &inner, &below, &made);
        if (r == 0 && made != element) {
            r = set_element(&copy, pair->value, i, made);
        } else if (r == 0) {
            (void)json_object_put(made);
        }
        if (r != 0) {
            (void)json_object_put(copy);
            return r;
        }
    }
    *ret = copy;
    return 0;
}

static int rewrite(const struct rewrite *rules, const struct pair *pair,
                   const struct pattern_cursor *cursor, struct json_object **ret)
{
    if (pattern_cursor_matches(cursor)) {
        return rules->at_place(pair->value, pair->has_beside, pair->beside, rules->userdata, ret);
    }
    if (cursor->patterns && json_object_is_type(pair->value, json_type_object)) {
        return rewrite_object(rules, pair, cursor, ret);
    }
    if (cursor->patterns && json_object_is_type(pair->value, json_type_array)) {
        return rewrite_array(rules, pair, cursor, ret);
    }
    *ret = json_object_get(pair->value);
    return 0;
}

int rewrite_value(const struct rewrite *rules, struct json_object *value,
                  struct json_object *beside, struct json_object **ret)
{
    struct pattern_cursor cursor = patterns_start(rules->places);
    const struct pair pair = { .value = value, .beside = beside, .has_beside = true };
    return rewrite(rules, &pair, &cursor, ret);
}
