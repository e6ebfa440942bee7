// What a webhook sends of an event.

#include <stdio.h>
#include <string.h>

#include "bridge/expr/expr.h"
#include "tests/unit/sinks/support.h"

#define HARD_DATA                                                                                  \
    "{\"key\":\"4711\",\"after\":{\"z\":12345678901234567890,\"a\":1.50,\"big\":"                  \
    "123456789012345678901234567890,\"name\":\"Zoë \\\"雪\\\" / \xF0\x9F\x8E\xA8\",\"n\":null}}"

static void assert_body(const struct encoded *encoded, const char *text)
{
    assert_null(encoded->error);
    assert_true(encoded->own_body);
    assert_non_null(encoded->body.data);
    assert_string_equal(encoded->body.data, text);
    assert_int_equal(encoded->body.len, strlen(text));
}

static void without_templates_the_event_itself_is_sent(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(HARD_DATA);
    support_add_header(&webhook, "X-Fixed", "always the same");
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_false(encoded.own_body);
    assert_null(encoded.body.data);
    // Fields without a place are not stored: they may hold a credential.
    assert_int_equal(encoded.headers.n, 0);
    assert_null(encoded.error);
}

static void raw_keeps_order_digits_and_letters(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        const char *body;
    } cases[] = {
        { HARD_DATA,
          "{\"z\":12345678901234567890,\"a\":1.50,\"big\":123456789012345678901234567890,"
          "\"name\":\"Zoë \\\"雪\\\" / \xF0\x9F\x8E\xA8\",\"n\":null}" },
        { "{\"after\":[]}", "[]" },
        { "{\"after\":\"text\"}", "\"text\"" },
        { "{\"after\":null}", "null" },
        { "{\"key\":\"4711\",\"before\":{}}", "null" }, // item.deleted
        { NULL, "null" },
    };
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    webhook.format = SINK_WEBHOOK_RAW;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct event AUTO_EVENT event = support_event(cases[i].data);
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_body(&encoded, cases[i].body);
    }
}

static void a_body_template_sees_the_whole_event(void **state)
{
    (void)state;
    static const struct {
        const char *expr;
        const char *body;
    } cases[] = {
        { "{ text: (.source + \" \" + .type), key: .data.key }",
          "{\"text\":\"orders item.updated\",\"key\":\"4711\"}" },
        { ".data.after.name", "\"Zoë \\\"雪\\\" / \xF0\x9F\x8E\xA8\"" },
        { ".data.after.z", "12345678901234567890" },
        { "{ z: .data.after.z, big: .data.after.big }",
          "{\"z\":12345678901234567890,\"big\":123456789012345678901234567890}" },
        { "[.sequence, .timestamp]", "[7,\"2026-01-01T00:00:00.123Z\"]" },
        { "1, 2", "1" },
        { ".data.after.n", "null" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = support_event(HARD_DATA);
        webhook.body = support_expr(cases[i].expr);
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_body(&encoded, cases[i].body);
    }
}

static void a_body_template_that_fails_is_told_in_words(void **state)
{
    (void)state;
    static const char *const exprs[] = {
        ".data.after.missing",       "empty", "error(\"no\")", ".source.name",
        ".data.after.name[0:1] + 1",
    };
    for (size_t i = 0; i < ARRAY_LEN(exprs); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = support_event(HARD_DATA);
        webhook.body = support_expr(exprs[i]);
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_non_null(encoded.error);
        assert_non_null(strstr(encoded.error, "body"));
        assert_false(encoded.own_body);
    }
}

static void header_templates_are_filled_in_once(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(HARD_DATA);
    support_add_header(&webhook, "X-GitHub-Event", "push");
    support_add_header(&webhook, "X-GitHub-Delivery", "{{ .id }}");
    support_add_header(&webhook, "X-Place", "{{ .source }}/{{ .data.key }}#{{ .sequence }}");
    support_add_header(&webhook, "X-Number", "{{ .data.after.big }}");
    support_add_header(&webhook, "X-Name", "{{ .data.after.name }}");
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_null(encoded.error);
    assert_false(encoded.own_body);
    assert_int_equal(encoded.headers.n, 4);
    assert_string_equal(headers_get(&encoded.headers, "X-GitHub-Delivery"), event.id);
    assert_string_equal(headers_get(&encoded.headers, "X-Place"), "orders/4711#7");
    assert_string_equal(headers_get(&encoded.headers, "X-Number"),
                        "123456789012345678901234567890");
    assert_string_equal(headers_get(&encoded.headers, "X-Name"), "Zoë \"雪\" / \xF0\x9F\x8E\xA8");
}

static void an_event_cannot_write_header_fields_of_its_own(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x\\r\\nX-Evil: 1", "x\\nX-Evil: 1", "x\\rX-Evil: 1", "x\\u0000y", "x\\u001by", "x\\u007fy",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char data[100];
        (void)snprintf(data, sizeof(data), "{\"name\":\"%s\"}", texts[i]);
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = support_event(data);
        support_add_header(&webhook, "X-Name", "a {{ .data.name }}");
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_non_null(encoded.error);
        assert_non_null(strstr(encoded.error, "X-Name"));
        assert_null(strchr(encoded.error, '\n'));
        assert_int_equal(encoded.headers.n, 0);
    }
}

static void a_header_template_that_fails_names_the_field_and_the_place(void **state)
{
    (void)state;
    static const char *const templates[] = { "{{ .data.missing }}", "{{ .data.after }}" };
    static const char *const places[] = { ".data.missing", ".data.after" };
    for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        struct event AUTO_EVENT event = support_event(HARD_DATA);
        support_add_header(&webhook, "X-Name", templates[i]);
        webhook.body = support_expr("{ a: 1 }");
        struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
        assert_non_null(encoded.error);
        assert_non_null(strstr(encoded.error, "X-Name"));
        assert_non_null(strstr(encoded.error, places[i]));
        assert_false(encoded.own_body);
    }
}

// A document may be as deep as the reader allows; its event is deeper.
static void the_deepest_document_can_be_sent_raw(void **state)
{
    (void)state;
    enum { DEPTH = 64 };
    char after[2 * DEPTH + 1];
    memset(after, '[', DEPTH);
    memset(after + DEPTH, ']', DEPTH);
    after[sizeof(after) - 1] = '\0';
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = { .id = "evt_1" };
    struct buf body = { 0 };
    assert_int_equal(buf_printf(&body, "{\"id\":\"evt_1\",\"data\":{\"after\":%s}}", after), 0);
    event.body = buf_take(&body);
    webhook.format = SINK_WEBHOOK_RAW;
    struct encoded AUTO_ENCODED encoded = support_encode(&sink_webhook, &webhook, &event);
    assert_body(&encoded, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_templates_the_event_itself_is_sent),
        cmocka_unit_test(raw_keeps_order_digits_and_letters),
        cmocka_unit_test(a_body_template_sees_the_whole_event),
        cmocka_unit_test(a_body_template_that_fails_is_told_in_words),
        cmocka_unit_test(header_templates_are_filled_in_once),
        cmocka_unit_test(an_event_cannot_write_header_fields_of_its_own),
        cmocka_unit_test(a_header_template_that_fails_names_the_field_and_the_place),
        cmocka_unit_test(the_deepest_document_can_be_sent_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
