#include "tests/unit/poll/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/expr/expr.h"
#include "bridge/model/delivery.h"
#include "bridge/poll/digest/deliveries.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/spi/sink.h"

// A driver with a template of its own: it fails for the key "bad" and runs out of memory for "oom".
static int encode(const void *settings, struct expr_context *context, const struct event *event,
                  struct encoded *ret)
{
    (void)settings;
    assert_non_null(context);
    if (event->key && strcmp(event->key, "\"bad\"") == 0) {
        ret->error = strdup("no such member");
        return 0;
    }
    if (event->key && strcmp(event->key, "\"oom\"") == 0) {
        return -ENOMEM;
    }
    ret->own_body = true;
    return bytes_dup(&ret->body, event->type, strlen(event->type));
}

static const struct sink_driver standard = { .name = "standard" };
static const struct sink_driver templated = { .name = "templated", .encode = encode };

static char name_ops[] = "ops", name_audit[] = "audit", name_zoo[] = "zoo";
static char glob_orders[] = "ord*", glob_items[] = "item.*", type_deleted[] = "item.deleted";
static char *ops_sources[] = { glob_orders }, *ops_types[] = { glob_items, type_deleted };
static char *zoo_sources[] = { name_ops };

// Sorted by name: audit wants everything as it is, ops items of orders, zoo what "ops" tells.
static struct sink_settings sinks[] = {
    { .name = name_audit, .driver = &standard },
    { .name = name_ops,
      .driver = &templated,
      .sources = { ops_sources, 1 },
      .types = { ops_types, 2 } },
    { .name = name_zoo, .driver = &standard, .sources = { zoo_sources, 1 } },
};
static const struct settings settings = { .sinks = sinks, .sink_count = ARRAY_LEN(sinks) };

static struct event_list make_events(const char *const keys[], size_t n)
{
    const struct source_state state = { .version = 1, .sequence = 40 };
    struct event_maker maker;
    event_maker_init(&maker, "orders", NULL, &state, SUPPORT_NOW_MS);
    for (size_t i = 0; i < n; i++) {
        const char *type = keys[i] ? EVENT_ITEM_CREATED : EVENT_SOURCE_FAILING;
        assert_int_equal(event_maker_add(&maker, type, keys[i], NULL), 0);
    }
    return event_maker_take(&maker);
}

static int make(const char *const keys[], size_t n, struct delivery_list *ret)
{
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    CLEANUP(event_list_deinit) struct event_list events = make_events(keys, n);
    assert_int_equal(expr_context_new(&context), 0);
    return deliveries_make(&settings, context, &events, ret);
}

static void every_event_goes_to_every_sink_that_wants_it_in_order(void **state)
{
    (void)state;
    static const char *const keys[] = { "1", NULL, "\"x\"" };
    CLEANUP(delivery_list_deinit) struct delivery_list list = { 0 };
    assert_int_equal(make(keys, 3, &list), 0);
    static const struct {
        const char *sink;
        int64_t sequence;
        const char *lane;
        const char *body; // NULL: the standard one
    } expected[] = {
        { "audit", 41, "1", NULL },
        { "ops", 41, "1", "item.created" },
        { "audit", 42, NULL, NULL },
        { "audit", 43, "\"x\"", NULL },
        { "ops", 43, "\"x\"", "item.created" },
    };
    assert_int_equal(list.n, ARRAY_LEN(expected));
    for (size_t i = 0; i < list.n; i++) {
        const struct delivery *delivery = &list.v[i];
        assert_string_equal(delivery->sink, expected[i].sink);
        assert_string_equal(delivery->source, "orders");
        assert_int_equal(delivery->sequence, expected[i].sequence);
        assert_int_equal(delivery->event_at_ms, SUPPORT_NOW_MS);
        assert_int_equal(delivery->state, DELIVERY_PENDING);
        assert_int_equal(delivery->attempts, 0);
        assert_int_equal(delivery->next_at_ms, 0);
        assert_int_equal(delivery->encoded.own_body, expected[i].body != NULL);
        if (expected[i].body) {
            assert_string_equal(delivery->encoded.body.data, expected[i].body);
        }
        if (expected[i].lane) {
            assert_string_equal(delivery->lane, expected[i].lane);
        } else {
            assert_null(delivery->lane);
        }
    }
    assert_string_equal(list.v[0].event_id, list.v[1].event_id);
    assert_string_not_equal(list.v[0].event_id, list.v[2].event_id);
    assert_string_equal(list.v[2].event_type, "source.failing");
}

// Born failed, with its words: neither lost nor in the way of the others.
static void a_template_that_fails_fails_one_delivery_alone(void **state)
{
    (void)state;
    static const char *const keys[] = { "\"bad\"", "2" };
    CLEANUP(delivery_list_deinit) struct delivery_list list = { 0 };
    assert_int_equal(make(keys, 2, &list), 0);
    assert_int_equal(list.n, 4);
    assert_int_equal(list.v[0].state, DELIVERY_PENDING);
    assert_int_equal(list.v[1].state, DELIVERY_FAILED);
    assert_string_equal(list.v[1].encoded.error, "no such member");
    assert_int_equal(list.v[3].state, DELIVERY_PENDING);
}

static void without_memory_nothing_is_handed_out(void **state)
{
    (void)state;
    static const char *const keys[] = { "1", "\"oom\"" };
    CLEANUP(delivery_list_deinit) struct delivery_list list = { 0 };
    assert_int_equal(make(keys, 2, &list), -ENOMEM);
    assert_int_equal(list.n, 0);
    assert_null(list.v);
}

static void many_events_and_none(void **state)
{
    (void)state;
    static const char *keys[1000];
    static char texts[1000][8];
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%zu", i);
        keys[i] = texts[i];
    }
    CLEANUP(delivery_list_deinit) struct delivery_list list = { 0 };
    assert_int_equal(make(keys, ARRAY_LEN(keys), &list), 0);
    assert_int_equal(list.n, 2000);
    for (size_t i = 0; i < list.n; i++) {
        assert_string_equal(list.v[i].lane, texts[i / 2]);
    }
    CLEANUP(delivery_list_deinit) struct delivery_list none = { 0 };
    assert_int_equal(make(NULL, 0, &none), 0);
    assert_int_equal(none.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_goes_to_every_sink_that_wants_it_in_order),
        cmocka_unit_test(a_template_that_fails_fails_one_delivery_alone),
        cmocka_unit_test(without_memory_nothing_is_handed_out),
        cmocka_unit_test(many_events_and_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
