// Events: ids that a repeat finds again, the standard body, and which sink wants what.

#include "tests/unit/expr/json-support.h"

#include <stdio.h>

#include "bridge/base/str.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"

struct origin {
    const char *source, *instance;
    int64_t base_version;
    const char *type, *key;
};

static void derive(char ret[EVENT_ID_SIZE], const struct origin *origin)
{
    event_id_derive(ret, origin->source, origin->instance, origin->base_version, origin->type,
                    origin->key);
}

static void an_id_says_what_it_is_and_fits_a_header(void **state)
{
    (void)state;
    char id[EVENT_ID_SIZE];
    derive(id, &(struct origin){ "orders", NULL, 7, EVENT_ITEM_CREATED, "\"a1\"" });
    assert_int_equal(strlen(id), EVENT_ID_SIZE - 2);
    assert_memory_equal(id, "evt_", 4);
    assert_int_equal(strspn(id + 4, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
}

// Ids are stored and compared over versions of the program: these must never change.
static void ids_stay_what_they_were(void **state)
{
    (void)state;
    char id[EVENT_ID_SIZE];
    derive(id, &(struct origin){ "orders", NULL, 7, EVENT_ITEM_CREATED, "\"a1\"" });
    assert_string_equal(id, "evt_0P9W1DXZ2D3FHH3V9QD8Y0SWT7");
    derive(id, &(struct origin){ "w", "{\"city\":\"Madrid\"}", 1, EVENT_DOCUMENT_CHANGED, NULL });
    assert_string_equal(id, "evt_6X7HB98XPZA566WFCEVH58R07K");
}

static void every_part_of_the_origin_makes_another_id(void **state)
{
    (void)state;
    static const struct origin origins[] = {
        { "a", NULL, 1, EVENT_ITEM_CREATED, "1" },  { "b", NULL, 1, EVENT_ITEM_CREATED, "1" },
        { "a", "", 1, EVENT_ITEM_CREATED, "1" },    { "a", "{}", 1, EVENT_ITEM_CREATED, "1" },
        { "a", NULL, 2, EVENT_ITEM_CREATED, "1" },  { "a", NULL, 0, EVENT_ITEM_CREATED, "1" },
        { "a", NULL, 1, EVENT_ITEM_DELETED, "1" },  { "a", NULL, 1, EVENT_ITEM_CREATED, "\"1\"" },
        { "a", NULL, 1, EVENT_ITEM_CREATED, NULL }, { "a", NULL, 1, EVENT_ITEM_CREATED, "" },
        { "a1", NULL, 1, EVENT_ITEM_CREATED, "" },  { "", "a", 1, EVENT_ITEM_CREATED, "1" },
    };
    char ids[ARRAY_LEN(origins)][EVENT_ID_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
        char again[EVENT_ID_SIZE];
        derive(ids[i], &origins[i]);
        derive(again, &origins[i]);
        assert_string_equal(ids[i], again);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(ids[i], ids[j]);
        }
    }
}

static void expect_body(struct event *event, struct json_object *data, const char *wanted)
{
    assert_int_equal(event_encode(event, data), 0);
    assert_string_equal(event->body.data, wanted);
    assert_int_equal(event->body.len, strlen(wanted));
}

static void the_body_has_its_members_in_their_order(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *data = parse("{'after':{'n':1.50},'before':null}");
    CLEANUP(event_deinit)
    struct event event = {
        .id = "evt_A",
        .type = strdup(EVENT_ITEM_UPDATED),
        .source = strdup("madrid \"w\""),
        .sequence = 1,
        .at_ms = INT64_C(1767225600123),
    };
    expect_body(&event, data,
                "{\"id\":\"evt_A\",\"type\":\"item.updated\","
                "\"timestamp\":\"2026-01-01T00:00:00.123Z\",\"source\":\"madrid \\\"w\\\"\","
                "\"sequence\":1,\"data\":{\"after\":{\"n\":1.50},\"before\":null}}");
    event.instance = strdup("{\"city\":\"Madrid\"}");
    event.sequence = INT64_MAX;
    memcpy(event.previous_id, "evt_Z", 6);
    expect_body(&event, NULL,
                "{\"id\":\"evt_A\",\"type\":\"item.updated\","
                "\"timestamp\":\"2026-01-01T00:00:00.123Z\",\"source\":\"madrid \\\"w\\\"\","
                "\"instance\":{\"city\":\"Madrid\"},\"sequence\":9223372036854775807,"
                "\"previous_id\":\"evt_Z\",\"data\":null}");
}

static void what_the_body_says_can_be_read(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *data = parse("['\\u0000\\u001f\u00e4',1e400]");
    AUTO_JSON struct json_object *body = NULL;
    struct json_object *again;
    CLEANUP(event_deinit)
    struct event event = {
        .id = "evt_A",
        .type = strdup("t"),
        .source = strdup("\n\xff\\"),
        .at_ms = INT64_C(-1),
    };
    assert_int_equal(event_encode(&event, data), 0);
    assert_int_equal(json_read(&body, event.body.data, event.body.len, NULL, NULL), 0);
    assert_true(json_object_object_get_ex(body, "data", &again));
    assert_true(json_equal(data, again));
    assert_true(json_object_object_get_ex(body, "source", &again));
    assert_string_equal(json_object_get_string(again), "\n\ufffd\\");
    assert_true(json_object_object_get_ex(body, "timestamp", &again));
    assert_string_equal(json_object_get_string(again), "1969-12-31T23:59:59.999Z");
}

struct wish {
    const char *sources[3]; // NULL-terminated
    const char *types[3];
    const char *source, *type;
    bool wanted;
};

static void fill(struct string_list *list, const char *const *texts)
{
    for (; *texts; texts++) {
        assert_int_equal(string_list_add(list, *texts), 0);
    }
}

static void sinks_get_what_they_ask_for(void **state)
{
    (void)state;
    static const struct wish wishes[] = {
        { { 0 }, { 0 }, "a", "item.created", true },
        { { "a" }, { 0 }, "a", "item.created", true },
        { { "a" }, { 0 }, "b", "item.created", false },
        { { "b", "a" }, { "item.deleted", "item.created" }, "a", "item.created", true },
        { { "a" }, { "item.deleted" }, "a", "item.created", false },
        { { "b" }, { "item.created" }, "a", "item.created", false },
        { { "*" }, { "item.*" }, "orders-eu", "item.created", true },
        { { "orders-*" }, { "*.created" }, "orders-eu", "item.created", true },
        { { "orders-??" }, { "*" }, "orders-eu", "document.changed", true },
        { { "orders-?" }, { "*" }, "orders-eu", "document.changed", false },
        { { "orders" }, { "*" }, "orders-eu", "document.changed", false },
        { { "*eu" }, { "source.*" }, "orders-eu", "document.changed", false },
        { { "A" }, { 0 }, "a", "item.created", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        const struct wish *wish = &wishes[i];
        CLEANUP(string_list_deinit) struct string_list sources = { 0 };
        CLEANUP(string_list_deinit) struct string_list types = { 0 };
        fill(&sources, wish->sources);
        fill(&types, wish->types);
        if (event_matches(&sources, &types, wish->source, wish->type) != wish->wanted) {
            fail_msg("wish %zu", i);
        }
    }
}

static void states_have_names_of_their_own(void **state)
{
    (void)state;
    for (int i = DELIVERY_PENDING; i <= DELIVERY_CANCELED; i++) {
        assert_string_not_equal(delivery_state_name((enum delivery_state)i), "unknown");
        for (int j = DELIVERY_PENDING; j < i; j++) {
            assert_string_not_equal(delivery_state_name((enum delivery_state)i),
                                    delivery_state_name((enum delivery_state)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_says_what_it_is_and_fits_a_header),
        cmocka_unit_test(ids_stay_what_they_were),
        cmocka_unit_test(every_part_of_the_origin_makes_another_id),
        cmocka_unit_test(the_body_has_its_members_in_their_order),
        cmocka_unit_test(what_the_body_says_can_be_read),
        cmocka_unit_test(sinks_get_what_they_ask_for),
        cmocka_unit_test(states_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
