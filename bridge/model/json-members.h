#pragma once
// The members of objects that are being read, until their object can be made. They lie in one pile:
// those of an inner object above those of the outer one. For the json files only.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct json_raw;
struct place;
struct reader;

struct member;
struct members {
    struct member *at;
    size_t n;
    size_t max;
};

void members_deinit(struct members *members);
// Takes over the value, also on failure. 0 or -ENOMEM.
int members_add(struct members *members, const struct json_raw *name,
                struct json_object *take) MUST_CHECK;
// Frees those from `from` on.
void members_drop(struct members *members, size_t from);
// The object at `place` of all members from `from` on. 0, JSON_E_DUPLICATE, JSON_E_SYNTAX (a name
// that a tree cannot hold), -ENOMEM.
int members_make(struct reader *reader, const struct place *place, size_t from,
                 struct json_object **ret) MUST_CHECK;
