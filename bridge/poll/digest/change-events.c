#include "bridge/poll/digest/change-events.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/poll/digest/change-judge.h"
#include "bridge/poll/digest/document.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/poll/digest/item-events.h"
#include "bridge/poll/digest/told-items.h"
#include "bridge/spi/settings.h"

static void add_both(struct event_data *data, const struct change *change)
{
    event_data_share(data, "before", change->before);
    event_data_share(data, "after", change->after);
}

static int tell_document(struct change *change, const struct change_pair *pair,
                         struct event_maker *maker)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    if (pair->has_before) {
        change_add_difference(change, pair->rules, &data);
    }
    add_both(&data, change);
    return data.error ? data.error
                      : event_maker_add(maker, EVENT_DOCUMENT_CHANGED, NULL, data.object);
}

int change_events_document(const struct change_pair *pair, struct change_judge *judge,
                           struct event_maker *maker, struct json_object **ret_told)
{
    CLEANUP(change_deinit)
    struct change change = {
        .op = KEYED_UPDATED,
        .before = pair->has_before ? pair->before : NULL,
        .after = pair->after,
    };
    int r = CHANGE_TELL;
    if (pair->has_before) {
        r = diff_equal(pair->before, pair->after, pair->rules->ignore)
                ? CHANGE_SUPPRESS
                : change_judge(judge, &change);
    }
    *ret_told = json_object_get(r == CHANGE_TELL ? pair->seen : pair->told);
    return r == CHANGE_TELL ? tell_document(&change, pair, maker) : r == CHANGE_SUPPRESS ? 0 : r;
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

// CHANGE_TELL, CHANGE_SUPPRESS or -ENOMEM.
static int judge_item(const struct change_pair *pair, struct change_judge *judge,
                      const struct keyed_change *keyed)
{
    CLEANUP(change_deinit) struct change change = change_of_item(keyed);
    return pair->has_before ? change_judge(judge, &change) : CHANGE_TELL;
}

// What is equal but for the ignored parts keeps them as they were told.
static int keep_told(const struct change_pair *pair, const struct keyed_changes *changes,
                     const bool *is_told, bool all_told, struct json_object **ret)
{
    if (!pair->has_before || (all_told && !pair->rules->ignore)) {
        *ret = json_object_get(pair->seen);
        return 0;
    }
    return told_items(pair->told, pair->seen, changes, is_told, ret);
}

int change_events_items(const struct change_pair *pair, struct change_judge *judge,
                        struct event_maker *maker, struct json_object **ret_told,
                        struct problem **reterr)
{
    const struct keyed_rules rules = document_keyed_rules(pair->rules);
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    int r = keyed_diff(pair->has_before ? pair->before : NULL, pair->after, &rules, &changes, NULL);
    if (r != 0) {
        return r < 0 ? r : -EINVAL; // the keys of `after` were checked with its fingerprint
    }
    AUTO_FREE bool *is_told = calloc(changes.n + 1, sizeof(*is_told));
    bool all_told = true;
    r = is_told ? 0 : -ENOMEM;
    if (r == 0 && !pair->believes) {
        r = guard(&changes, &pair->rules->guard, reterr);
    }
    for (size_t i = 0; r == 0 && i < changes.n; i++) {
        r = judge_item(pair, judge, &changes.v[i]);
        is_told[i] = r == CHANGE_TELL;
        all_told &= is_told[i];
        r = r < 0 ? r : 0;
    }
    r = r ? r : item_events_add(pair->rules, &changes, is_told, maker);
    return r ? r : keep_told(pair, &changes, is_told, all_told, ret_told);
}
