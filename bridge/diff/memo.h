#pragma once
// Fingerprints of containers, remembered by address for the length of one diff: arrays inside
// arrays would otherwise be hashed again at every level.

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct json_object;
struct memo_entry;

struct memo {
    struct memo_entry *entries; // a uthash table
};

void memo_deinit(struct memo *memo);
// Equal values have equal fingerprints within one memo; they are not those of json_fingerprint.
// Without memory it is slower, not wrong.
struct hash128 memo_fingerprint(struct memo *memo, struct json_object *value);
