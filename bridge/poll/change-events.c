#include "bridge/poll/change-events.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/patch.h"
#include "bridge/poll/document.h"
#include "bridge/poll/event-data.h"
#include "bridge/poll/event-maker.h"
#include "bridge/spi/settings.h"

static void add_difference(struct event_data *data, struct json_object *before,
                           struct json_object *after, const struct patterns *ignore)
{
    struct json_object *changes = NULL;
    struct json_object *patch = NULL;
    int r = diff_changes(before, after, ignore, &changes);
    if (r == 0) {
        event_data_take(data, "changes", changes);
        r = diff_patch(before, after, &patch);
    }
    if (r == 0) {
        event_data_take(data, "patch", patch);
    } else {
        data->error = r;
    }
}

static void add_both(struct event_data *data, struct json_object *before, struct json_object *after)
{
    event_data_share(data, "before", before);
    event_data_share(data, "after", after);
}

int change_events_document(const struct change_pair *pair, struct event_maker *maker)
{
    const struct patterns *ignore = pair->rules->ignore;
    if (pair->has_before && diff_equal(pair->before, pair->after, ignore)) {
        return 0;
    }
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    if (pair->has_before) {
        add_difference(&data, pair->before, pair->after, ignore);
    }
    add_both(&data, pair->has_before ? pair->before : NULL, pair->after);
    return data.error ? data.error
                      : event_maker_add(maker, EVENT_DOCUMENT_CHANGED, NULL, data.object);
}

static int add_item(const struct keyed_change *change, const struct patterns *ignore,
                    struct event_maker *maker)
{
    static const char *const types[] = {
        [KEYED_CREATED] = EVENT_ITEM_CREATED,
        [KEYED_UPDATED] = EVENT_ITEM_UPDATED,
        [KEYED_DELETED] = EVENT_ITEM_DELETED,
    };
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    event_data_parse(&data, "key", change->key);
    if (change->op == KEYED_UPDATED) {
        add_difference(&data, change->before, change->after, ignore);
    }
    add_both(&data, change->before, change->after);
    return data.error ? data.error
                      : event_maker_add(maker, types[change->op], change->key, data.object);
}

// One item alone may always go: of one or two it is the ordinary end of a thing. A share such as
// 29 % is a little less in binary: what is added makes 29 of 100 just as many as allowed.
static int guard(const struct keyed_changes *changes, const struct guard_settings *settings,
                 struct problem **reterr)
{
    double most = settings->max_removed * (double)changes->before_count + 1e-6;
    if (changes->deleted_count <= 1 || (double)changes->deleted_count <= most) {
        return 0;
    }
    return problem_set(reterr, CHANGE_E_HELD, "max_removed",
                       "%zu of %zu items are gone, more than %g %% at once", changes->deleted_count,
                       changes->before_count, settings->max_removed * 100);
}

int change_events_items(const struct change_pair *pair, struct event_maker *maker,
                        struct problem **reterr)
{
    const struct keyed_rules keyed = document_keyed_rules(pair->rules);
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    int r = keyed_diff(pair->has_before ? pair->before : NULL, pair->after, &keyed, &changes, NULL);
    if (r != 0) {
        return r < 0 ? r : -EINVAL; // the keys of `after` were checked with its fingerprint
    }
    r = pair->believes ? 0 : guard(&changes, &pair->rules->guard, reterr);
    for (size_t i = 0; r == 0 && i < changes.n; i++) {
        r = add_item(&changes.v[i], keyed.ignore, maker);
    }
    return r;
}
