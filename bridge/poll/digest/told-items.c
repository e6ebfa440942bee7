#include "bridge/poll/digest/told-items.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "bridge/diff/keyed.h"
#include "bridge/model/json.h"

static int append(struct json_object *list, struct json_object *item)
{
    if (json_object_array_add(list, json_object_get(item)) != 0) {
        (void)json_object_put(item);
        return -ENOMEM;
    }
    return 0;
}

// The change that is told of each old item; NULL: it stays.
static void note(const struct keyed_change **by_place, const struct keyed_changes *changes,
                 const bool *is_told)
{
    for (size_t i = 0; i < changes->n; i++) {
        if (is_told[i] && changes->v[i].op != KEYED_CREATED) {
            by_place[changes->v[i].before_index] = &changes->v[i];
        }
    }
}

int told_items(struct json_object *told, struct json_object *seen,
               const struct keyed_changes *changes, const bool *is_told, struct json_object **ret)
{
    size_t n = json_object_array_length(told);
    AUTO_FREE const struct keyed_change **by_place = calloc(n + 1, sizeof(struct keyed_change *));
    AUTO_JSON struct json_object *made = json_object_new_array();
    int r = by_place && made ? 0 : -ENOMEM;
    if (r == 0) {
        note(by_place, changes, is_told);
    }
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct keyed_change *change = by_place[i];
        if (!change) {
            r = append(made, json_object_array_get_idx(told, i));
        } else if (change->op == KEYED_UPDATED) {
            r = append(made, json_object_array_get_idx(seen, change->after_index));
        }
    }
    for (size_t i = 0; r == 0 && i < changes->n; i++) {
        if (is_told[i] && changes->v[i].op == KEYED_CREATED) {
            r = append(made, json_object_array_get_idx(seen, changes->v[i].after_index));
        }
    }
    if (r == 0) {
        *ret = STEAL(made);
    }
    return r;
}
