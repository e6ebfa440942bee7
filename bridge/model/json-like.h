#pragma once
// Reading a text beside a tree that it is mostly like: what is the same is taken from there. For
// the json files only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct buf;
struct json_object;
struct json_raw;
struct lh_entry;

// Shifts of arrays are looked for inside so many levels: what shifts is read twice.
#define LIKE_SHIFTS_DEPTH 3

// Is `like` this very value, as written? `like` may be NULL.
bool like_bool(struct json_object *like, bool is);
bool like_string(struct json_object *like, const char *text, size_t len);
bool like_int(struct json_object *like, int64_t number);
bool like_number(struct json_object *like, const char *text); // not of integers that fit int64

// An object that is being read beside `like`.
struct like_object {
    struct json_object *like; // borrowed; NULL: none
    struct lh_entry *next;    // of like: expected now
    int same;                 // so many of its first members are the same; -1: one was not
};
void like_object_init(struct like_object *object, struct json_object *like);
// What the value of this member may be like; borrowed. 0 or -ENOMEM.
int like_object_expect(struct like_object *object, const struct json_raw *name, struct buf *scratch,
                       struct json_object **ret) MUST_CHECK;
// The value of the member that was expected is this one.
void like_object_compare(struct like_object *object, struct json_object *value);
// When all members were read: is it `like`?
bool like_object_is_same(const struct like_object *object);

// An array, of which nothing is made as long as it is the same as `like`.
struct like_array {
    struct json_object *like; // borrowed; NULL: none
    struct json_object *made; // owned; NULL: not yet
    size_t n;                 // of like
    size_t same;              // so many of its first elements are the same
    ptrdiff_t shift;          // where elements of like are, from here
    const char *start;        // of the text of the present element
};
void like_array_init(struct like_array *array, struct json_object *like);
void like_array_deinit(struct like_array *array);
struct json_object *like_array_expect(const struct like_array *array, size_t index);
bool like_array_is_same(struct like_array *array, size_t index, struct json_object *value);
// Not what was expected: is it the element before or behind that? From now on these are expected.
bool like_array_shift(struct like_array *array, size_t index, struct json_object *value);
int like_array_make(struct like_array *array) MUST_CHECK;
int like_array_take(struct like_array *array, struct json_object **ret) MUST_CHECK;
