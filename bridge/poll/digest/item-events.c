#include "bridge/poll/digest/item-events.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/diff/keyed.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/change-judge.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/spi/settings.h"

static const char *type_of(const struct keyed_change *change)
{
    switch (change->op) {
    case KEYED_CREATED: return EVENT_ITEM_CREATED;
    case KEYED_UPDATED: return EVENT_ITEM_UPDATED;
    case KEYED_DELETED: break;
    }
    return EVENT_ITEM_DELETED;
}

static void describe(struct event_data *data, const struct change_rules *rules,
                     const struct keyed_change *keyed)
{
    CLEANUP(change_deinit) struct change change = change_of_item(keyed);
    event_data_parse(data, "key", change.key);
    if (change.op == KEYED_UPDATED) {
        change_add_difference(&change, rules, data);
    }
    event_data_share(data, "before", change.before);
    event_data_share(data, "after", change.after);
}

static int add_one(const struct change_rules *rules, const struct keyed_change *change,
                   struct event_maker *maker)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    describe(&data, rules, change);
    return data.error ? data.error
                      : event_maker_add(maker, type_of(change), change->key, data.object);
}

// ---- batches ----

struct batch {
    const struct change_rules *rules;
    const struct keyed_changes *changes;
    const bool *is_told;
    size_t next;      // change
    size_t total;     // that are told
    size_t counts[3]; // by keyed_op
};

static int add_entry(const struct batch *batch, const struct keyed_change *change,
                     struct json_object *list)
{
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    event_data_text(&data, "type", type_of(change));
    describe(&data, batch->rules, change);
    if (data.error || json_object_array_add(list, data.object) != 0) {
        return -ENOMEM;
    }
    data.object = NULL;
    return 0;
}

static int add_entries(struct batch *batch, size_t most, struct json_object *list)
{
    int r = 0;
    size_t n = 0;
    for (; r == 0 && n < most && batch->next < batch->changes->n; batch->next++) {
        if (batch->is_told[batch->next]) {
            r = add_entry(batch, &batch->changes->v[batch->next], list);
            n++;
        }
    }
    return r;
}

static int add_page(struct batch *batch, size_t page, size_t pages, struct event_maker *maker)
{
    CLEANUP(event_data_deinit) struct event_data data;
    AUTO_JSON struct json_object *list = json_object_new_array();
    int r = list ? add_entries(batch, (size_t)batch->rules->max_events_per_poll, list) : -ENOMEM;
    event_data_init(&data);
    event_data_number(&data, "page", (int64_t)page);
    event_data_number(&data, "pages", (int64_t)pages);
    event_data_number(&data, "total", (int64_t)batch->total);
    event_data_number(&data, "created", (int64_t)batch->counts[KEYED_CREATED]);
    event_data_number(&data, "updated", (int64_t)batch->counts[KEYED_UPDATED]);
    event_data_number(&data, "deleted", (int64_t)batch->counts[KEYED_DELETED]);
    event_data_share(&data, "events", list);
    r = r ? r : data.error;
    return r ? r : event_maker_add_page(maker, EVENT_BATCH, page, data.object);
}

static struct batch count(const struct change_rules *rules, const struct keyed_changes *changes,
                          const bool *is_told)
{
    struct batch batch = { .rules = rules, .changes = changes, .is_told = is_told };
    for (size_t i = 0; i < changes->n; i++) {
        batch.counts[changes->v[i].op] += is_told[i];
        batch.total += is_told[i];
    }
    return batch;
}

int item_events_add(const struct change_rules *rules, const struct keyed_changes *changes,
                    const bool *is_told, struct event_maker *maker)
{
    struct batch batch = count(rules, changes, is_told);
    size_t most = (size_t)rules->max_events_per_poll;
    size_t pages = most > 0 && batch.total > most ? (batch.total + most - 1) / most : 0;
    int r = 0;
    for (size_t page = 1; r == 0 && page <= pages; page++) {
        r = add_page(&batch, page, pages, maker);
    }
    for (size_t i = 0; r == 0 && pages == 0 && i < changes->n; i++) {
        r = is_told[i] ? add_one(rules, &changes->v[i], maker) : 0;
    }
    return r;
}
