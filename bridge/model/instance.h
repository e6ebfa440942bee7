#pragma once
// What one stored state belongs to: a source, or one member of a source with `for_each`.
//
// An instance is its members, not the URL they make: `orders` for {"region":"eu"} is
// `orders{region=eu}` in the store, in logs, in the API and in commands. Two instances are the same
// exactly when their names are. Immutable, shared by reference, any thread.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

#define INSTANCE_MEMBERS_BYTES_MAX 2048 // of their JSON text

struct instance {
    unsigned refs;
    uint32_t source_len; // so many bytes at the start of `name` are the source's name
    const char *members; // canonical text of a JSON object; NULL without `for_each`
    char name[];         // and the text of the members behind it
};

enum { INSTANCE_E_UNFIT = 1 };

// `members` (borrowed) is an object of texts, numbers and booleans; NULL for a source without
// `for_each`. 0, -ENOMEM, or INSTANCE_E_UNFIT with words ("instance_members").
int instance_new(struct instance **ret, const char *source, struct json_object *members,
                 struct problem **reterr) MUST_CHECK;
// One whose name alone is known, as the store has it.
int instance_of_name(struct instance **ret, const char *name) MUST_CHECK;
struct instance *instance_ref(struct instance *instance);
struct instance *instance_unref(struct instance *instance); // accepts NULL, returns NULL
#define AUTO_INSTANCE CLEANUP(instance_unrefp)
static inline void instance_unrefp(struct instance **instance)
{
    (void)instance_unref(*instance);
}
