#pragma once
// uthash as we use it: hashed by XXH3, and an entry that does not fit in memory is marked `lost`
// (every entry has such a member) instead of ending the process.

#include <stdbool.h>
#include <stdlib.h>

#include "bridge/base/hash.h"

#define HASH_NONFATAL_OOM           1
#define uthash_nonfatal_oom(entry_) ((entry_)->lost = true)
#define HASH_FUNCTION(key, len, hash)                                                              \
    do {                                                                                           \
        (hash) = (unsigned)hash64_of((key), (len));                                                \
    } while (0)

#include <uthash.h>
