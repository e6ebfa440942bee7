#pragma once
// A plain path: the steps from a value to values inside it, and its native evaluation on json-c.
//
// A path is stricter than jq: a missing member or element is PATH_E_NOTHING, not null. A step with
// `?` is exactly jq's: a missing place is null, a value of the wrong type gives no result.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct buf;
struct json_object;
struct problem;

// The results share their numbers with expr.h.
enum { PATH_E_SYNTAX = 1, PATH_E_NOTHING, PATH_E_FAILED };

enum path_step_kind {
    PATH_MEMBER, // .name
    PATH_INDEX,  // [3], [-1]
    PATH_EACH,   // []: every element of an array, every member's value of an object
};

struct path_step {
    enum path_step_kind kind;
    bool optional;
    bool deep;     // `..name`: here or at any depth below (patterns only)
    char *name;    // PATH_MEMBER; owned
    int64_t index; // PATH_INDEX; negative counts from the end
};

struct path {
    struct path_step *v;
    size_t n;
};

#define PATH_STEPS_MAX 64

enum path_dialect {
    PATH_PLAIN,   // what an expression may be: also `.a | .b`
    PATH_PATTERN, // `..name` allowed; no pipe, no negative index
};

// 0, PATH_E_SYNTAX (with line and column), -ENOMEM.
int path_parse(struct path *ret, const char *text, enum path_dialect dialect,
               struct problem **reterr) MUST_CHECK;
void path_deinit(struct path *path);
bool path_has_each(const struct path *path);
// The first n steps as text: ".a[0][\"b c\"]"; "." for none.
int path_format(struct buf *ret, const struct path *path, size_t n) MUST_CHECK;

// The first result, as a new reference. 0, PATH_E_NOTHING, PATH_E_FAILED, -ENOMEM.
int path_first(const struct path *path, struct json_object *input, struct json_object **ret,
               struct problem **reterr) MUST_CHECK;
// Every result, in a new array.
int path_all(const struct path *path, struct json_object *input, struct json_object **ret,
             struct problem **reterr) MUST_CHECK;
