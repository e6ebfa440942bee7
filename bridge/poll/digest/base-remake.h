#pragma once
// The base under edited rules that make the same document of an answer: what waits to be told stays
// as it was told, the rest is what was seen last. Pure.

#include "bridge/base/cleanup.h"

struct change_rules;
struct json_object;
struct noise;

// Both documents are as selected. *ret is owned. 0 or -ENOMEM.
int base_remake(const struct change_rules *rules, const struct noise *noise,
                struct json_object *told, struct json_object *seen,
                struct json_object **ret) MUST_CHECK;
