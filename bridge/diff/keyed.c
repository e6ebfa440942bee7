// One table by key text holds both collections: an entry knows its old and its new item.

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/keyed.h"
#include "bridge/diff/table.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"

struct entry {
    char *key;
    struct json_object *before; // borrowed
    struct json_object *after;
    size_t before_index;
    size_t after_index;
    bool in_before;
    bool in_after;
    bool lost; // does not fit into the table
    UT_hash_handle hh;
};

struct table {
    struct entry *entries; // in order of arrival: old items, then those that are only new
    size_t n;
    struct entry *by_key;
};

static void table_deinit(struct table *table)
{
    HASH_CLEAR(hh, table->by_key);
    for (size_t i = 0; i < table->n; i++) {
        free(table->entries[i].key);
    }
    free(table->entries);
    *table = (struct table){ 0 };
}

static const char *why_no_key(int error, struct json_object *value)
{
    if (error != 0) {
        return "has no key";
    }
    switch (json_object_get_type(value)) {
    case json_type_null: return "has a key that is null";
    case json_type_object: return "has a key that is an object";
    case json_type_array: return "has a key that is a list";
    case json_type_boolean:
    case json_type_int:
    case json_type_double:
    case json_type_string: break;
    }
    return NULL;
}

static int append_key_part(struct buf *key, struct json_object *item, const struct expr *path,
                           size_t index, struct problem **reterr)
{
    AUTO_JSON struct json_object *value = NULL;
    int r = expr_eval(path, NULL, item, &value, NULL);
    if (r < 0) {
        return r;
    }
    const char *why = why_no_key(r, value);
    if (why != NULL) {
        return problem_set(reterr, KEYED_E_MISSING, "key_missing", "item %zu %s at %s", index, why,
                           expr_text(path));
    }
    return json_write_canonical(key, value);
}

int keyed_key(struct json_object *item, const struct keyed_rules *rules, size_t index, char **ret,
              struct problem **reterr)
{
    AUTO_BUF struct buf key = { 0 };
    bool composite = rules->key_count > 1;
    int r = 0;
    for (size_t i = 0; i < rules->key_count && r == 0; i++) {
        if (composite) {
            r = buf_append_char(&key, i == 0 ? '[' : ',');
        }
        if (r == 0) {
            r = append_key_part(&key, item, rules->key[i], index, reterr);
        }
    }
    if (r == 0 && composite) {
        r = buf_append_char(&key, ']');
    }
    if (r == 0) {
        *ret = buf_take(&key).data;
    }
    return r;
}

// The entry with this key, or a new one; takes key in either case.
static int enter(struct table *table, char *key, struct entry **ret)
{
    struct entry *entry;
    size_t len = strlen(key);
    HASH_FIND(hh, table->by_key, key, len, entry);
    if (entry != NULL) {
        free(key);
        *ret = entry;
        return 0;
    }
    entry = &table->entries[table->n++];
    entry->key = key;
    HASH_ADD_KEYPTR(hh, table->by_key, entry->key, len, entry);
    *ret = entry;
    return entry->lost ? -ENOMEM : 0;
}

// The old collection was checked when it was new. Should it be broken all the same, that must not
// stop the source for good: an item without a key is left out, of two with one key the first stays.
static int load_before(struct table *table, struct json_object *items,
                       const struct keyed_rules *rules)
{
    size_t n = items == NULL ? 0 : json_object_array_length(items);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        char *key;
        int r = keyed_key(item, rules, i, &key, NULL);
        if (r == KEYED_E_MISSING) {
            continue;
        }
        struct entry *entry;
        r = r != 0 ? r : enter(table, key, &entry);
        if (r != 0) {
            return r;
        }
        if (!entry->in_before) {
            entry->in_before = true;
            entry->before = item;
            entry->before_index = i;
        }
    }
    return 0;
}

static int load_after(struct table *table, struct json_object *items,
                      const struct keyed_rules *rules, struct entry **order,
                      struct problem **reterr)
{
    size_t n = json_object_array_length(items);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        char *key;
        int r = keyed_key(item, rules, i, &key, reterr);
        struct entry *entry;
        r = r != 0 ? r : enter(table, key, &entry);
        if (r != 0) {
            return r;
        }
        if (entry->in_after) {
            return problem_set(reterr, KEYED_E_DUPLICATE, "key_duplicate",
                               "items %zu and %zu have the same key %s", entry->after_index, i,
                               entry->key);
        }
        entry->in_after = true;
        entry->after = item;
        entry->after_index = i;
        order[i] = entry;
    }
    return 0;
}

static bool are_lists(struct json_object *before, struct json_object *after)
{
    return (before == NULL || json_object_is_type(before, json_type_array)) &&
           json_object_is_type(after, json_type_array);
}

// Loads both; *ret_order gets the entries of the new items in their order.
static int load(struct table *table, struct json_object *before, struct json_object *after,
                const struct keyed_rules *rules, struct entry ***ret_order, struct problem **reterr)
{
    size_t most =
        json_object_array_length(after) + (before == NULL ? 0 : json_object_array_length(before));
    AUTO_FREE struct entry **order = calloc(json_object_array_length(after) + 1, sizeof(*order));
    table->entries = calloc(most + 1, sizeof(*table->entries));
    if (order == NULL || table->entries == NULL) {
        return -ENOMEM;
    }
    int r = load_before(table, before, rules);
    if (r == 0) {
        r = load_after(table, after, rules, order, reterr);
    }
    if (r == 0) {
        *ret_order = STEAL(order);
    }
    return r;
}

void keyed_changes_deinit(struct keyed_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        free(changes->v[i].key);
    }
    free(changes->v);
    *changes = (struct keyed_changes){ 0 };
}

static void add(struct keyed_changes *changes, enum keyed_op op, struct entry *entry)
{
    changes->v[changes->n++] = (struct keyed_change){
        .op = op,
        .key = STEAL(entry->key),
        .before = entry->before,
        .after = entry->after,
        .before_index = entry->before_index,
        .after_index = entry->after_index,
    };
}

static int compare(struct table *table, struct entry *const *order, size_t n,
                   const struct patterns *ignore, struct keyed_changes *ret)
{
    ret->v = calloc(table->n + 1, sizeof(*ret->v));
    if (ret->v == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (!order[i]->in_before) {
            add(ret, KEYED_CREATED, order[i]);
        } else if (!diff_equal(order[i]->before, order[i]->after, ignore)) {
            add(ret, KEYED_UPDATED, order[i]);
        }
    }
    for (size_t i = 0; i < table->n; i++) {
        if (!table->entries[i].in_after) {
            add(ret, KEYED_DELETED, &table->entries[i]);
            ret->deleted_count++;
        }
    }
    return 0;
}

int keyed_diff(struct json_object *before, struct json_object *after,
               const struct keyed_rules *rules, struct keyed_changes *ret, struct problem **reterr)
{
    if (!are_lists(before, after)) {
        return -EINVAL;
    }
    CLEANUP(table_deinit) struct table table = { 0 };
    AUTO_FREE struct entry **order = NULL;
    size_t n = json_object_array_length(after);
    struct keyed_changes changes = {
        .before_count = before == NULL ? 0 : json_object_array_length(before),
        .after_count = n,
    };
    int r = load(&table, before, after, rules, &order, reterr);
    if (r == 0) {
        r = compare(&table, order, n, rules->ignore, &changes);
    }
    if (r == 0) {
        *ret = changes;
    }
    return r;
}

int keyed_fingerprint(struct json_object *items, const struct keyed_rules *rules,
                      struct hash128 *ret, struct problem **reterr)
{
    if (!are_lists(NULL, items)) {
        return -EINVAL;
    }
    CLEANUP(table_deinit) struct table table = { 0 };
    AUTO_FREE struct entry **order = NULL;
    int r = load(&table, NULL, items, rules, &order, reterr);
    if (r != 0) {
        return r;
    }
    // A sum, so that the order of items never counts.
    struct hash128 sum = { 0 };
    for (size_t i = 0; i < table.n; i++) {
        const struct entry *entry = &table.entries[i];
        struct hash128 item = hash128_mix(hash128_of(entry->key, strlen(entry->key)),
                                          diff_fingerprint(entry->after, rules->ignore));
        sum.low += item.low;
        sum.high += item.high;
    }
    *ret = hash128_mix(sum, (struct hash128){ .low = table.n, .high = 1 });
    return 0;
}
