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
    struct json_object *normal; // borrowed
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

struct place {
    size_t list;
    size_t index;
    struct json_object *item; // borrowed
    struct json_object *normal;
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

static int enter(struct join *join, char *take_key, const struct place *place)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry) {
        free(take_key);
        return -ENOMEM;
    }
    *entry = (struct entry){ .key = take_key, .normal = place->normal, .list = place->list };
    HASH_ADD_KEYPTR(hh, join->by_key, entry->key, strlen(entry->key), entry);
    if (entry->lost) {
        free(entry->key);
        free(entry);
        return -ENOMEM;
    }
    return append(join, place->item);
}

static int meet_again(const struct join *join, const struct entry *known, const struct place *place)
{
    if (known->list == place->list) {
        return problem_set(join->reterr, KEYED_E_DUPLICATE, "key_duplicate",
                           "two items of page %zu have the same key %s", known->list + 1,
                           known->key);
    }
    if (diff_equal(known->normal, place->normal, join->rules->ignore)) {
        return 0;
    }
    return problem_set(join->reterr, KEYED_E_DUPLICATE, "key_duplicate",
                       "pages %zu and %zu hold items with the same key %s and different contents: "
                       "one changed and moved meanwhile, or the key is not unique",
                       known->list + 1, place->list + 1, known->key);
}

static int add_item(struct join *join, const struct place *place)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    char *key;
    int r = keyed_key(place->item, join->rules, place->index, &key, &why);
    if (r > 0) {
        return problem_set(join->reterr, r, why->code, "page %zu: %s", place->list + 1,
                           why->message);
    }
    if (r < 0) {
        return r;
    }
    struct entry *known;
    HASH_FIND(hh, join->by_key, key, strlen(key), known);
    if (!known) {
        return enter(join, key, place);
    }
    free(key);
    return meet_again(join, known, place);
}

static int add_list(struct join *join, struct json_object *items, struct json_object *normal,
                    size_t list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(items); i++) {
        const struct place place = {
            .list = list,
            .index = i,
            .item = json_object_array_get_idx(items, i),
            .normal = json_object_array_get_idx(normal, i),
        };
        r = add_item(join, &place);
    }
    return r;
}

int keyed_join(struct json_object *lists, struct json_object *normal,
               const struct keyed_rules *rules, struct json_object **ret, struct problem **reterr)
{
    CLEANUP(join_deinit)
    struct join join = { .rules = rules, .joined = json_object_new_array(), .reterr = reterr };
    int r = join.joined ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_object_array_length(lists); i++) {
        r = add_list(&join, json_object_array_get_idx(lists, i),
                     json_object_array_get_idx(normal, i), i);
    }
    if (r == 0) {
        *ret = STEAL(join.joined);
    }
    return r;
}
