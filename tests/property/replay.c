#include "tests/property/replay.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "tests/property/apply.h"

void replay_deinit(struct replay *replay)
{
    for (size_t i = 0; i < replay->n; i++) {
        bench_deinit(&replay->v[i]);
        ledger_deinit(&replay->ledgers[i]);
    }
    for (size_t i = 0; i < replay->lists; i++) {
        free(replay->texts[i]);
    }
}

static void add_list(struct replay *replay, const struct series_collection *collection,
                     double max_removed)
{
    size_t i = replay->lists++;
    replay->texts[i] = str_printf("%s[]", collection->items);
    struct rules_text rules = { .items = replay->texts[i], .max_removed = max_removed };
    memcpy(rules.key, collection->key, sizeof(collection->key));
    memcpy(rules.ignore, collection->ignore, sizeof(collection->ignore));
    bench_init(&replay->v[replay->n++], collection->items, &rules);
}

void replay_init(struct replay *replay, const struct series *series, double max_removed)
{
    memset(replay, 0, sizeof(*replay));
    struct rules_text beside = { 0 };
    size_t n = 0;
    for (; n < ARRAY_LEN(series->ignore) && series->ignore[n]; n++) {
        beside.ignore[n] = series->ignore[n];
    }
    for (size_t i = 0; i < SERIES_COLLECTIONS_MAX && series->collections[i].items; i++) {
        add_list(replay, &series->collections[i], max_removed);
        assert_true(n < ARRAY_LEN(beside.ignore) - 1);
        beside.ignore[n++] = series->collections[i].items;
    }
    if (replay->lists == 0 || strcmp(series->collections[0].items, ".") != 0) {
        bench_init(&replay->v[replay->n++], series->name, &beside);
    }
    for (size_t i = 0; i < replay->n; i++) {
        replay->ledgers[i].spared = 20;
    }
}

static void check_patch(const struct event *event)
{
    AUTO_JSON struct json_object *body = support_body(event);
    struct json_object *data = json_object_object_get(body, "data");
    AUTO_JSON struct json_object *value = deep_copy(json_object_object_get(data, "before"));
    assert_true(apply_patch(&value, json_object_object_get(data, "patch")));
    assert_true(json_equal(value, json_object_object_get(data, "after")));
    assert_int_not_equal(json_object_array_length(json_object_object_get(data, "changes")), 0);
}

// Contiguous, each naming the one before.
static void check_event(const struct bench *bench, const struct event *event, size_t place)
{
    const char *previous = place == 0 ? bench->state.last_event_id : (event - 1)->id;
    assert_int_equal(event->sequence, bench->state.sequence + (int64_t)place + 1);
    assert_string_equal(event->previous_id, previous);
    assert_string_not_equal(event->id, previous);
}

static void count(const struct bench *bench, const struct digest_outcome *outcome,
                  struct told *told)
{
    told->failed += outcome->result == DIGEST_FAILED;
    for (size_t i = 0; i < outcome->events.n; i++) {
        const struct event *event = &outcome->events.v[i];
        check_event(bench, event, i);
        told->created += strcmp(event->type, EVENT_ITEM_CREATED) == 0;
        told->deleted += strcmp(event->type, EVENT_ITEM_DELETED) == 0;
        bool is_update = strcmp(event->type, EVENT_ITEM_UPDATED) == 0;
        bool is_document = strcmp(event->type, EVENT_DOCUMENT_CHANGED) == 0;
        told->updated += is_update;
        told->documents += is_document;
        if (is_update || is_document) {
            check_patch(event);
        }
    }
}

void replay_digest(struct bench *bench, const struct recording *recording, size_t version,
                   struct digest_outcome *ret, struct told *told)
{
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, version);
    assert_int_equal(bench_digest_bytes(bench, body.data ? body.data : "", body.len, ret), 0);
    count(bench, ret, told);
}

void replay_poll(struct replay *replay, const struct recording *recording, size_t version,
                 struct told *ret)
{
    *ret = (struct told){ 0 };
    for (size_t i = 0; i < replay->n; i++) {
        AUTO_OUTCOME struct digest_outcome outcome = { 0 };
        replay_digest(&replay->v[i], recording, version, &outcome, ret);
        ledger_take(&replay->ledgers[i], &replay->v[i], &outcome);
        bench_commit(&replay->v[i], &outcome);
    }
}

void replay_check(const struct replay *replay)
{
    for (size_t i = 0; i < replay->n; i++) {
        ledger_check(&replay->ledgers[i], &replay->v[i]);
    }
}
