#include "bridge/poll/digest/base-remake.h"

#include <stdlib.h>

#include <errno.h>
#include <json-c/json.h>

#include "bridge/model/json.h"
#include "bridge/poll/digest/document.h"
#include "bridge/poll/digest/noise.h"
#include "bridge/poll/digest/told-items.h"
#include "bridge/spi/settings.h"

static bool waits(const struct noise *noise, const char *key)
{
    const struct noise_entry *entry = noise_find(noise, key);
    return entry && entry->waits;
}

static int find_changes(const struct change_rules *rules, struct json_object *told,
                        struct json_object *seen, struct keyed_changes *ret)
{
    AUTO_JSON struct json_object *before = NULL;
    AUTO_JSON struct json_object *after = NULL;
    struct keyed_rules keyed = document_keyed_rules(rules);
    keyed.ignore = NULL; // those parts too are those seen last
    int r = document_normalize(rules, told, &before);
    r = r ? r : document_normalize(rules, seen, &after);
    return r ? r : keyed_diff(before, after, &keyed, ret, NULL);
}

int base_remake(const struct change_rules *rules, const struct noise *noise,
                struct json_object *told, struct json_object *seen, struct json_object **ret)
{
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    if (!rules->items) {
        *ret = json_object_get(waits(noise, NULL) ? told : seen);
        return 0;
    }
    int r = find_changes(rules, told, seen, &changes);
    if (r > 0 || r == -EINVAL) { // keys that are none under the new rules: nothing is known to wait
        *ret = json_object_get(seen);
        return 0;
    }
    AUTO_FREE bool *is_seen = calloc(changes.n + 1, sizeof(*is_seen));
    if (r < 0 || !is_seen) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < changes.n; i++) {
        is_seen[i] = !waits(noise, changes.v[i].key);
    }
    return told_items(told, seen, &changes, is_seen, ret);
}
