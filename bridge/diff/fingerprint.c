#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/fingerprint.h"
#include "bridge/diff/members.h"
#include "bridge/model/json.h"

static const struct hash128 object_seed = { 0x6f626a6563740001, 0x9e3779b97f4a7c15 };
static const struct hash128 array_seed = { 0x6172726179000002, 0xc2b2ae3d27d4eb4f };
static const struct hash128 ignored = { 0x69676e6f72656403, 0x165667b19e3779f9 };

static struct hash128 with_count(struct hash128 hash, size_t n)
{
    return hash128_mix(hash, (struct hash128){ .low = n });
}

// The sum makes the order of members irrelevant; mixing the name with the value keeps them paired.
static struct hash128 fingerprint_object(struct json_object *value,
                                         const struct pattern_cursor *cursor)
{
    struct hash128 sum = { 0 };
    size_t n = 0;
    json_object_object_foreach(value, name, member)
    {
        struct pattern_cursor below = pattern_cursor_member(cursor, name);
        if (pattern_cursor_matches(&below)) {
            continue;
        }
        struct hash128 pair =
            hash128_mix(hash128_of(name, strlen(name)), diff_fingerprint_at(member, &below));
        sum.low += pair.low;
        sum.high += pair.high;
        n++;
    }
    return with_count(hash128_mix(object_seed, sum), n);
}

static struct hash128 fingerprint_array(struct json_object *value,
                                        const struct pattern_cursor *cursor)
{
    struct hash128 hash = array_seed;
    size_t n = json_object_array_length(value);
    for (size_t i = 0; i < n; i++) {
        struct pattern_cursor below = pattern_cursor_element(cursor, i);
        hash = hash128_mix(hash, diff_fingerprint_at(json_object_array_get_idx(value, i), &below));
    }
    return with_count(hash, n);
}

struct hash128 diff_fingerprint_at(struct json_object *value, const struct pattern_cursor *cursor)
{
    if (cursor->patterns == NULL) {
        return json_fingerprint(value);
    }
    if (pattern_cursor_matches(cursor)) {
        return ignored;
    }
    if (json_object_is_type(value, json_type_object)) {
        return fingerprint_object(value, cursor);
    }
    if (json_object_is_type(value, json_type_array)) {
        return fingerprint_array(value, cursor);
    }
    return json_fingerprint(value);
}

struct hash128 diff_fingerprint(struct json_object *value, const struct patterns *ignore)
{
    struct pattern_cursor cursor = patterns_start(ignore);
    return diff_fingerprint_at(value, &cursor);
}

static size_t kept_members(struct json_object *value, const struct pattern_cursor *cursor)
{
    size_t n = 0;
    json_object_object_foreach(value, name, member)
    {
        (void)member;
        struct pattern_cursor below = pattern_cursor_member(cursor, name);
        n += !pattern_cursor_matches(&below);
    }
    return n;
}

static bool equal_objects(struct json_object *a, struct json_object *b,
                          const struct pattern_cursor *cursor)
{
    size_t n = 0;
    struct member_finder finder = member_finder_in(b);
    json_object_object_foreach(a, name, member)
    {
        struct pattern_cursor below = pattern_cursor_member(cursor, name);
        if (pattern_cursor_matches(&below)) {
            continue;
        }
        struct json_object *other;
        if (!member_find(&finder, name, &other) || !diff_equal_at(member, other, &below)) {
            return false;
        }
        n++;
    }
    return n == kept_members(b, cursor);
}

static bool equal_arrays(struct json_object *a, struct json_object *b,
                         const struct pattern_cursor *cursor)
{
    size_t n = json_object_array_length(a);
    if (json_object_array_length(b) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct pattern_cursor below = pattern_cursor_element(cursor, i);
        if (!diff_equal_at(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i),
                           &below)) {
            return false;
        }
    }
    return true;
}

bool diff_equal_at(struct json_object *a, struct json_object *b,
                   const struct pattern_cursor *cursor)
{
    if (cursor->patterns == NULL) {
        return json_equal(a, b);
    }
    if (a == b || pattern_cursor_matches(cursor)) {
        return true;
    }
    if (json_object_is_type(a, json_type_object) && json_object_is_type(b, json_type_object)) {
        return equal_objects(a, b, cursor);
    }
    if (json_object_is_type(a, json_type_array) && json_object_is_type(b, json_type_array)) {
        return equal_arrays(a, b, cursor);
    }
    return json_equal(a, b);
}

bool diff_equal(struct json_object *a, struct json_object *b, const struct patterns *ignore)
{
    struct pattern_cursor cursor = patterns_start(ignore);
    return diff_equal_at(a, b, &cursor);
}
