#pragma once
// Looking up the members of one object in the order of another: two answers of one API mostly have
// the same order, and then no hash is computed.

#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

struct member_finder {
    struct json_object *object; // borrowed
    struct lh_entry *next;      // the member expected now
};

static inline struct member_finder member_finder_in(struct json_object *object)
{
    return (struct member_finder){ object, json_object_get_object(object)->head };
}

// *ret is borrowed; it is NULL for a member that is null.
static inline bool member_find(struct member_finder *finder, const char *name,
                               struct json_object **ret)
{
    struct lh_entry *entry = finder->next;
    if (entry == NULL || strcmp(lh_entry_k(entry), name) != 0) {
        entry = lh_table_lookup_entry(json_object_get_object(finder->object), name);
    }
    if (entry == NULL) {
        return false;
    }
    finder->next = entry->next;
    *ret = lh_entry_v(entry);
    return true;
}
