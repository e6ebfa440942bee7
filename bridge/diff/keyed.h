#pragma once
// Two collections compared by key: which items were created, updated, deleted. Pure.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct expr;
struct json_object;
struct patterns;
struct problem;

enum {
    KEYED_E_MISSING = 1, // an item has no key, or one that is null, an object or an array
    KEYED_E_DUPLICATE,   // two items of the new collection share a key
};

enum keyed_op { KEYED_CREATED, KEYED_UPDATED, KEYED_DELETED };

struct keyed_change {
    enum keyed_op op;
    char *key;                  // canonical JSON text: 1 and "1" differ; an array when composite
    struct json_object *before; // borrowed from the inputs; NULL when created
    struct json_object *after;  // NULL when deleted
    size_t before_index;        // of the old collection; not of what was created
    size_t after_index;         // of the new one; not of what was deleted
};

struct keyed_changes {
    struct keyed_change *v; // in the order of the new collection, deletions (old order) last
    size_t n;
    size_t before_count;
    size_t after_count;
    size_t deleted_count;
};
void keyed_changes_deinit(struct keyed_changes *changes);

struct keyed_rules {
    const struct expr *const *key; // one path, or several for a composite key
    size_t key_count;
    const struct patterns *ignore; // relative to the item
};

// The key of item number `index`, as in struct keyed_change; malloc'ed. 0, -ENOMEM, or
// KEYED_E_MISSING.
int keyed_key(struct json_object *item, const struct keyed_rules *rules, size_t index, char **ret,
              struct problem **reterr) MUST_CHECK;

// `before` may be NULL (no collection yet: everything is created). The order of items never counts.
// `before` was checked when it was new; should it be broken all the same, items without a key are
// left out and of two with one key the first counts. 0, -ENOMEM, -EINVAL when one is no array, or
// KEYED_E_* with words that name the item (counted from 0) and the key's path.
int keyed_diff(struct json_object *before, struct json_object *after,
               const struct keyed_rules *rules, struct keyed_changes *ret,
               struct problem **reterr) MUST_CHECK;

// The fingerprint of a collection: item fingerprints under their keys, order-free. Also checks the
// keys; results as keyed_diff.
struct hash128;
int keyed_fingerprint(struct json_object *items, const struct keyed_rules *rules,
                      struct hash128 *ret, struct problem **reterr) MUST_CHECK;

// The items of several lists (`lists` is an array of arrays: the pages of one answer) as one new
// list, in their order. An item that moved from one list to the next while they were asked for
// stands in both: with equal content, apart from what is ignored, it is taken once. `normal` holds
// the same items in the form in which they are compared. Results as keyed_diff; a duplicate within
// one list, or one with two contents, is KEYED_E_DUPLICATE.
int keyed_join(struct json_object *lists, struct json_object *normal,
               const struct keyed_rules *rules, struct json_object **ret,
               struct problem **reterr) MUST_CHECK;
