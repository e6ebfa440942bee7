#pragma once
// A value with some places of it replaced: what stays is shared with the value it came from, which
// is never changed.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct patterns;

// What one named place becomes. `beside` is what stands at the same place of the other value, when
// there is one (has_beside). 0 and a new reference in *ret, which may be `value` itself; or
// -ENOMEM.
typedef int (*rewrite_fn)(struct json_object *value, bool has_beside, struct json_object *beside,
                          void *userdata, struct json_object **ret);

struct rewrite {
    const struct patterns *places;
    rewrite_fn at_place;
    void *userdata;
};

// *ret is owned, and `value` itself where nothing came out differently. `beside` is walked along:
// members by name, elements by index. 0 or -ENOMEM.
int rewrite_value(const struct rewrite *rewrite, struct json_object *value,
                  struct json_object *beside, struct json_object **ret) MUST_CHECK;
