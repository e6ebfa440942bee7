#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/memo.h"
#include "bridge/diff/table.h"
#include "bridge/model/json.h"

struct memo_entry {
    struct json_object *value; // borrowed
    struct hash128 hash;
    bool lost; // does not fit into the table
    UT_hash_handle hh;
};

static const struct hash128 object_seed = { 0x6d656d6f6f626a01, 0x9e3779b97f4a7c15 };
static const struct hash128 array_seed = { 0x6d656d6f61727202, 0xc2b2ae3d27d4eb4f };

void memo_deinit(struct memo *memo)
{
    struct memo_entry *entry;
    struct memo_entry *next;
    HASH_ITER(hh, memo->entries, entry, next)
    {
        HASH_DEL(memo->entries, entry);
        free(entry);
    }
}

static void remember(struct memo *memo, struct json_object *value, struct hash128 hash)
{
    struct memo_entry *entry = calloc(1, sizeof(*entry));
    if (entry != NULL) {
        entry->value = value;
        entry->hash = hash;
        HASH_ADD_PTR(memo->entries, value, entry);
        if (entry->lost) {
            free(entry);
        }
    }
}

static struct hash128 compute(struct memo *memo, struct json_object *value)
{
    if (json_object_is_type(value, json_type_array)) {
        struct hash128 hash = array_seed;
        size_t n = json_object_array_length(value);
        for (size_t i = 0; i < n; i++) {
            hash = hash128_mix(hash, memo_fingerprint(memo, json_object_array_get_idx(value, i)));
        }
        return hash128_mix(hash, (struct hash128){ .low = n });
    }
    struct hash128 sum = { 0 };
    json_object_object_foreach(value, name, member)
    {
        struct hash128 pair =
            hash128_mix(hash128_of(name, strlen(name)), memo_fingerprint(memo, member));
        sum.low += pair.low;
        sum.high += pair.high;
    }
    return hash128_mix(object_seed, sum);
}

struct hash128 memo_fingerprint(struct memo *memo, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array) &&
        !json_object_is_type(value, json_type_object)) {
        return json_fingerprint(value);
    }
    struct memo_entry *entry;
    HASH_FIND_PTR(memo->entries, &value, entry);
    if (entry != NULL) {
        return entry->hash;
    }
    struct hash128 hash = compute(memo, value);
    remember(memo, value, hash);
    return hash;
}
