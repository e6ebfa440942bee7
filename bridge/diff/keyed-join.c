#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/keyed.h"
#include "bridge/diff/table.h"
#include "bridge/model/json.h"

struct entry {
    char *key;
    struct json_object *item; // borrowed
    size_t list;
    bool lost; // does not fit into the table
    UT_hash_handle hh;
};

struct join {
    const struct keyed_rules *rules;
    struct entry *by_key;
    struct json_object *joined;
    struct problem **reterr;
};

static void join_deinit(struct join *join)
{
    struct entry *entry;
    struct entry *next;
    HASH_ITER(hh, join->by_key, entry, next)
    {
        HASH_DEL(join->by_key, entry);
        free(entry->key);
        free(entry);
    }
    (void)json_object_put(join->joined);
}

static int append(struct join *join, struct json_object *item)
{
    if (json_object_array_add(join->joined, json_object_get(item)) != 0) {
        (void)json_object_put(item);
        return -ENOMEM;
    }
    return 0;
}

static int enter(struct join *join, char *take_key, struct json_object *item, size_t list)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry) {
        free(take_key);
        return -ENOMEM;
    }
    *entry = (struct entry){ .key = take_key, .item = item, .list = list };
    HASH_ADD_KEYPTR(hh, join->by_key, entry->key, strlen(entry->key), entry);
    if (entry->lost) {
        free(entry->key);
        free(entry);
        return -ENOMEM;
    }
    return append(join, item);
}

static int meet_again(const struct join *join, const struct entry *known, struct json_object *item,
                      size_t list)
{
    if (known->list == list) {
        return problem_set(join->reterr, KEYED_E_DUPLICATE, "key_duplicate",
                           "two items of page %zu have the same key %s", list + 1, known->key);
    }
    if (diff_equal(known->item, item, join->rules->ignore)) {
        return 0;
    }
    return problem_set(join->reterr, KEYED_E_DUPLICATE, "key_duplicate",
                       "pages %zu and %zu hold items with the same key %s and different contents: "
                       "one changed and moved meanwhile, or the key is not unique",
                       known->list + 1, list + 1, known->key);
}

static int add_item(struct join *join, struct json_object *item, size_t index, size_t list)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    char *key;
    int r = keyed_key(item, join->rules, index, &key, &why);
    if (r > 0) {
        return problem_set(join->reterr, r, why->code, "page %zu: %s", list + 1, why->message);
    }
    if (r < 0) {
        return r;
    }
    struct entry *known;
    HASH_FIND(hh, join->by_key, key, strlen(key), known);
    if (!known) {
        return enter(join, key, item, list);
    }
    free(key);
    return meet_again(join, known, item, list);
}

int keyed_join(struct json_object *lists, const struct keyed_rules *rules, struct json_object **ret,
               struct problem **reterr)
{
    CLEANUP(join_deinit)
    struct join join = { .rules = rules, .joined = json_object_new_array(), .reterr = reterr };
    int r = join.joined ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_object_array_length(lists); i++) {
        struct json_object *list = json_object_array_get_idx(lists, i);
        size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
        for (size_t k = 0; r == 0 && k < n; k++) {
            r = add_item(&join, json_object_array_get_idx(list, k), k, i);
        }
    }
    if (r == 0) {
        *ret = STEAL(join.joined);
    }
    return r;
}
