// The forms of a change that are carried, and events as CloudEvents.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "sinks/ndjson.h"
#include "tests/unit/sinks/support.h"

#define UPDATED                                                                                    \
    "{\"key\":4711,\"changes\":[],\"patch\":[{\"op\":\"remove\",\"path\":\"/b\"}],"                \
    "\"before\":{\"a\":1,\"b\":2},\"after\":{\"a\":12345678901234567890}}"

static void set_forms(struct string_list *list, const char *const forms[])
{
    for (size_t i = 0; forms[i]; i++) {
        assert_int_equal(string_list_add(list, forms[i]), 0);
    }
}

static void data_carries_the_forms_that_are_listed(void **state)
{
    (void)state;
    static const struct {
        const char *forms[8];
        const char *data;
        const char *sent; // of `data`
    } cases[] = {
        { { "after" }, UPDATED, "{\"after\":{\"a\":12345678901234567890}}" },
        { { "key", "patch" },
          UPDATED,
          "{\"key\":4711,\"patch\":[{\"op\":\"remove\",\"path\":\"/b\"}]}" },
        { { "merge" }, UPDATED, "{\"merge\":{\"b\":null,\"a\":12345678901234567890}}" },
        { { "key", "before", "after", "patch", "changes" }, UPDATED, UPDATED },
        // Created and deleted: there is nothing to merge into, or nothing left.
        { { "key", "merge" },
          "{\"key\":1,\"before\":null,\"after\":{\"a\":1}}",
          "{\"key\":1,\"merge\":{\"a\":1}}" },
        { { "key", "merge" },
          "{\"key\":1,\"before\":{\"a\":1},\"after\":null}",
          "{\"key\":1,\"merge\":null}" },
        // A null that is meant would be taken for a removal.
        { { "merge" },
          "{\"patch\":[1],\"before\":{\"a\":1},\"after\":{\"a\":null}}",
          "{\"patch\":[1],\"merge_refused\":\"/a is null now, which a merge patch would understand "
          "as removed; use patch instead\"}" },
        { { "merge" },
          "{\"before\":null,\"after\":{\"a\":null}}",
          "{\"after\":{\"a\":null},\"merge_refused\":\"/a is null now, which a merge patch would "
          "understand as removed; use patch instead\"}" },
        { { "tested_patch" },
          UPDATED,
          "{\"patch\":[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1,\"b\":2}},"
          "{\"op\":\"replace\",\"path\":\"\",\"value\":{\"a\":12345678901234567890}}]}" },
        { { "tested_patch" },
          "{\"before\":null,\"after\":{\"a\":1}}", // there is no patch of what is new
          "{}" },
        // Text, as the format `text` gives it or in a string.
        { { "unified" },
          "{\"before\":[\"a\",\"b\"],\"after\":[\"a\",\"c\"]}",
          "{\"unified\":\"--- before\\n+++ after\\n@@ -1,2 +1,2 @@\\n a\\n-b\\n+c\\n\"}" },
        { { "unified" },
          "{\"before\":null,\"after\":\"a\"}",
          "{\"unified\":\"--- before\\n+++ after\\n@@ -0,0 +1 @@\\n+a\\n"
          "\\\\ No newline at end of file\\n\"}" },
        { { "unified" },
          "{\"patch\":[1],\"before\":[\"a\"],\"after\":[\"a\",1]}",
          "{\"patch\":[1],\"unified_refused\":\"the document is no text\"}" },
        { { "unified" },
          "{\"before\":[\"a\"],\"after\":[\"a\\nb\"]}",
          "{\"after\":[\"a\\nb\"],\"unified_refused\":\"the document is no text\"}" },
        // What an event says beside changes stays.
        { { "merge" },
          "{\"code\":\"timeout\",\"failures\":3}",
          "{\"code\":\"timeout\",\"failures\":3}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = support_event(cases[i].data);
        set_forms(&webhook.data, cases[i].forms);
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_null(encoded.error);
        assert_true(encoded.own_body);
        const char *data = strstr(encoded.body.data, "\"data\":");
        assert_non_null(data);
        AUTO_FREE char *wanted = str_printf("\"data\":%s}", cases[i].sent);
        assert_string_equal(data, wanted);
        assert_true(str_starts(encoded.body.data, "{\"id\":\"evt_01J9Z8ABCDEFGHJKMNPQRSTVWX\","));
    }
}

static void files_and_templates_take_the_forms_too(void **state)
{
    (void)state;
    static const char *const forms[] = { "merge", NULL };
    struct event AUTO_EVENT event = support_event(UPDATED);
    struct sink_file_settings file = { 0 };
    set_forms(&file.data, forms);
    struct encoded AUTO_ENCODED line = support_encode(&sink_file, &file, &event);
    assert_non_null(strstr(line.body.data, "\"data\":{\"merge\":{\"b\":null"));
    string_list_deinit(&file.data);

    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    set_forms(&webhook.data, forms);
    webhook.body = support_expr(".data.merge");
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_string_equal(encoded.body.data, "{\"b\":null,\"a\":12345678901234567890}");
}

static struct event keyed_event(const char *key)
{
    struct event event = support_event(UPDATED);
    event.key = strdup(key);
    return event;
}

static void a_structured_cloudevent_is_one_object(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = keyed_event("\"Größe \\\"1\\\"\"");
    webhook.format = SINK_WEBHOOK_CLOUDEVENTS;
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_string_equal(encoded.body.data,
                        "{\"specversion\":\"1.0\",\"id\":\"evt_01J9Z8ABCDEFGHJKMNPQRSTVWX\","
                        "\"source\":\"orders\",\"type\":\"item.updated\","
                        "\"time\":\"2026-01-01T00:00:00.123Z\",\"subject\":\"Größe \\\"1\\\"\","
                        "\"sequence\":\"00000000000000000007\","
                        "\"partitionkey\":\"Größe \\\"1\\\"\","
                        "\"previousid\":\"evt_01J9Z80000000000000000000\","
                        "\"datacontenttype\":\"application/json\",\"data\":" UPDATED "}");
    assert_int_equal(encoded.headers.n, 0);

    struct delivery AUTO_DELIVERY delivery = support_delivery(&event, &encoded);
    struct http_request AUTO_REQUEST request = { 0 };
    assert_int_equal(sink_webhook.send_http(&webhook, &delivery, 0, &request), 0);
    assert_string_equal(headers_get(&request.headers, "content-type"),
                        "application/cloudevents+json");
}

static void a_binary_cloudevent_has_its_attributes_in_fields(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *subject;
    } cases[] = {
        { "4711", "4711" },
        { "\"plain\"", "plain" },
        { "[\"a\",1]", "[%22a%22,1]" },
        { "\"100 % ü\"", "100%20%25%20%C3%BC" },
        { "\"\xF0\x9F\x8E\xA8\\n\"", "%F0%9F%8E%A8%0A" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = keyed_event(cases[i].key);
        webhook.format = SINK_WEBHOOK_CLOUDEVENTS_BINARY;
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_string_equal(encoded.body.data, UPDATED);
        assert_string_equal(headers_get(&encoded.headers, "ce-specversion"), "1.0");
        assert_string_equal(headers_get(&encoded.headers, "ce-id"), event.id);
        assert_string_equal(headers_get(&encoded.headers, "ce-type"), "item.updated");
        assert_string_equal(headers_get(&encoded.headers, "ce-sequence"), "00000000000000000007");
        assert_string_equal(headers_get(&encoded.headers, "ce-subject"), cases[i].subject);
        assert_string_equal(headers_get(&encoded.headers, "ce-partitionkey"), cases[i].subject);
    }
}

static void an_event_without_a_key_has_no_subject(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    event.previous_id[0] = '\0';
    webhook.format = SINK_WEBHOOK_CLOUDEVENTS_BINARY;
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_null(headers_get(&encoded.headers, "ce-subject"));
    assert_null(headers_get(&encoded.headers, "ce-partitionkey"));
    assert_null(headers_get(&encoded.headers, "ce-previousid"));
    assert_string_equal(encoded.body.data, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_carries_the_forms_that_are_listed),
        cmocka_unit_test(files_and_templates_take_the_forms_too),
        cmocka_unit_test(a_structured_cloudevent_is_one_object),
        cmocka_unit_test(a_binary_cloudevent_has_its_attributes_in_fields),
        cmocka_unit_test(an_event_without_a_key_has_no_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
