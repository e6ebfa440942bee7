// Events as they are made: ids, sequences, bodies, and what is told about a source itself.

#include "tests/unit/poll/support.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/poll/digest/source-events.h"

static struct event_maker maker_at(int64_t version, int64_t sequence, const char *last_id)
{
    struct source_state state = { .version = version, .sequence = sequence };
    (void)strncpy(state.last_event_id, last_id, sizeof(state.last_event_id) - 1);
    struct event_maker maker;
    event_maker_init(&maker, "orders", NULL, &state, SUPPORT_NOW_MS);
    return maker;
}

static void the_first_event_of_a_source_has_number_one_and_no_one_before_it(void **state)
{
    (void)state;
    CLEANUP(event_maker_deinit) struct event_maker maker = maker_at(0, 0, "");
    assert_int_equal(event_maker_add(&maker, EVENT_ITEM_CREATED, "1", NULL), 0);
    const struct event *event = &maker.list.v[0];
    assert_int_equal(event->sequence, 1);
    assert_string_equal(event->previous_id, "");
    assert_memory_equal(event->id, "evt_", 4);
    assert_int_equal(strlen(event->id), EVENT_ID_SIZE - 2);
    assert_null(strstr(event->body.data, "previous_id"));
    assert_in_body(event, ".data", "null");
}

static void an_instance_is_part_of_the_event_and_of_its_id(void **state)
{
    (void)state;
    struct source_state none = { 0 };
    static const char *const members[] = { NULL, "{\"region\":\"eu\"}", "{\"region\":\"us\"}" };
    struct event_maker makers[ARRAY_LEN(members)];
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        event_maker_init(&makers[i], "orders", members[i], &none, SUPPORT_NOW_MS);
        assert_int_equal(event_maker_add(&makers[i], EVENT_ITEM_CREATED, "1", NULL), 0);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(makers[i].list.v[0].id, makers[k].list.v[0].id);
        }
    }
    assert_null(strstr(makers[0].list.v[0].body.data, "instance"));
    assert_in_body(&makers[1].list.v[0], ".source", "'orders'");
    assert_in_body(&makers[1].list.v[0], ".instance", "{'region':'eu'}");
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        event_maker_deinit(&makers[i]);
    }
}

static void ids_differ_by_source_version_type_and_key_alone(void **state)
{
    (void)state;
    CLEANUP(event_maker_deinit) struct event_maker maker = maker_at(7, 20, "evt_X");
    CLEANUP(event_maker_deinit) struct event_maker later = maker_at(8, 20, "evt_X");
    CLEANUP(event_maker_deinit) struct event_maker again = maker_at(7, 99, "evt_Y");
    static const char *const keys[] = { NULL, "1", "\"1\"", "null", "[1]", "\"\"" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_int_equal(event_maker_add(&maker, EVENT_ITEM_CREATED, keys[i], NULL), 0);
        assert_int_equal(event_maker_add(&later, EVENT_ITEM_CREATED, keys[i], NULL), 0);
        assert_int_equal(event_maker_add(&again, EVENT_ITEM_CREATED, keys[i], NULL), 0);
    }
    assert_int_equal(event_maker_add(&maker, EVENT_ITEM_DELETED, "1", NULL), 0);
    for (size_t i = 0; i < maker.list.n; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(maker.list.v[i].id, maker.list.v[k].id);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_string_not_equal(maker.list.v[i].id, later.list.v[i].id);
        assert_string_equal(maker.list.v[i].id, again.list.v[i].id);
    }
}

static void what_was_made_before_is_continued(void **state)
{
    (void)state;
    CLEANUP(event_maker_deinit) struct event_maker first = maker_at(3, 10, "evt_LAST");
    assert_int_equal(event_maker_add(&first, EVENT_ITEM_CREATED, "1", NULL), 0);
    assert_int_equal(event_maker_add(&first, EVENT_ITEM_CREATED, "2", NULL), 0);
    CLEANUP(event_list_deinit) struct event_list made = event_maker_take(&first);
    assert_int_equal(first.list.n, 0);
    CLEANUP(event_maker_deinit) struct event_maker second = maker_at(3, 10, "evt_LAST");
    event_maker_resume(&second, &made);
    assert_int_equal(made.n, 0);
    for (int i = 0; i < 20; i++) {
        char key[4] = { (char)('a' + i), '\0' };
        assert_int_equal(event_maker_add(&second, EVENT_ITEM_UPDATED, key, NULL), 0);
    }
    assert_int_equal(second.list.n, 22);
    assert_string_equal(second.list.v[0].previous_id, "evt_LAST");
    for (size_t i = 0; i < second.list.n; i++) {
        assert_int_equal(second.list.v[i].sequence, 11 + (int64_t)i);
        assert_in_body(&second.list.v[i], ".source", "'orders'");
        if (i > 0) {
            assert_string_equal(second.list.v[i].previous_id, second.list.v[i - 1].id);
        }
    }
    // Nothing made: as if there had been no one before.
    CLEANUP(event_maker_deinit) struct event_maker third = maker_at(3, 10, "evt_LAST");
    struct event_list none = { 0 };
    event_maker_resume(&third, &none);
    assert_int_equal(event_maker_add(&third, EVENT_SOURCE_HELD, NULL, NULL), 0);
    assert_int_equal(third.list.v[0].sequence, 11);
    assert_string_equal(third.list.v[0].previous_id, "evt_LAST");
}

static void data_keeps_every_kind_of_value(void **state)
{
    (void)state;
    CLEANUP(event_data_deinit) struct event_data data;
    AUTO_JSON struct json_object *shared = json_object_new_string("s");
    AUTO_BUF struct buf text = { 0 };
    event_data_init(&data);
    event_data_text(&data, "text", "a\"b\n\xc3\xbc");
    event_data_text(&data, "none", NULL);
    event_data_number(&data, "number", INT64_MIN);
    event_data_time(&data, "time", SUPPORT_NOW_MS + 7);
    event_data_share(&data, "shared", shared);
    event_data_share(&data, "null", NULL);
    event_data_take(&data, "taken", json_object_new_boolean(1));
    event_data_parse(&data, "parsed", "[18446744073709551616,\"x\",1.10]");
    assert_int_equal(data.error, 0);
    assert_int_equal(json_write(&text, data.object), 0);
    assert_string_equal(buf_str(&text),
                        "{\"text\":\"a\\\"b\\n\xc3\xbc\",\"none\":null,"
                        "\"number\":-9223372036854775808,\"time\":\"2026-01-01T00:00:00.007Z\","
                        "\"shared\":\"s\",\"null\":null,\"taken\":true,"
                        "\"parsed\":[18446744073709551616,\"x\",1.10]}");
}

static void a_failure_sticks_and_what_follows_is_not_leaked(void **state)
{
    (void)state;
    CLEANUP(event_data_deinit) struct event_data data;
    event_data_init(&data);
    data.error = -ENOMEM;
    event_data_take(&data, "taken", json_object_new_string("leaked?"));
    event_data_text(&data, "text", "leaked?");
    event_data_number(&data, "number", 1);
    assert_int_equal(data.error, -ENOMEM);
    assert_int_equal(json_object_object_length(data.object), 0);
}

static void events_about_the_source_say_what_why_and_since_when(void **state)
{
    (void)state;
    CLEANUP(event_maker_deinit) struct event_maker maker = maker_at(2, 5, "evt_LAST");
    const struct source_trouble trouble = {
        .code = "http_status",
        .detail = "502 \"Bad\" Gateway",
        .failures = 3,
        .since_ms = SUPPORT_NOW_MS - 61500,
    };
    const struct source_trouble wordless = { .code = "max_removed" };
    const struct source_state before = { .failures = 9,
                                         .failing_since_ms = SUPPORT_NOW_MS - 86400000 };
    assert_int_equal(source_event_failing(&maker, &trouble), 0);
    assert_int_equal(source_event_held(&maker, &wordless), 0);
    assert_int_equal(source_event_recovered(&maker, &before), 0);
    const struct event *v = maker.list.v;
    assert_string_equal(v[0].type, "source.failing");
    assert_in_body(&v[0], ".data",
                   "{'code':'http_status','detail':'502 \\'Bad\\' Gateway','failures':3,"
                   "'since':'2025-12-31T23:58:58.500Z'}");
    assert_string_equal(v[1].type, "source.held");
    assert_in_body(&v[1], ".data", "{'code':'max_removed','detail':null}");
    assert_string_equal(v[2].type, "source.recovered");
    assert_in_body(&v[2], ".data", "{'failures':9,'since':'2025-12-31T00:00:00.000Z'}");
    for (size_t i = 0; i < maker.list.n; i++) {
        assert_null(v[i].key);
        assert_int_equal(v[i].sequence, 6 + (int64_t)i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_event_of_a_source_has_number_one_and_no_one_before_it),
        cmocka_unit_test(an_instance_is_part_of_the_event_and_of_its_id),
        cmocka_unit_test(ids_differ_by_source_version_type_and_key_alone),
        cmocka_unit_test(what_was_made_before_is_continued),
        cmocka_unit_test(data_keeps_every_kind_of_value),
        cmocka_unit_test(a_failure_sticks_and_what_follows_is_not_leaked),
        cmocka_unit_test(events_about_the_source_say_what_why_and_since_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
