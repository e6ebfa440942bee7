// The request of one attempt.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "sinks/signature.h"
#include "tests/unit/sinks/support.h"

#define NOW_MS INT64_C(1767225600999)

static void send_at(const struct sink_webhook_settings *webhook, const struct delivery *delivery,
                    int64_t now_ms, struct http_request *ret)
{
    assert_int_equal(sink_webhook.send_http(webhook, delivery, now_ms, ret), 0);
}

static struct delivery delivery_of(const struct sink_webhook_settings *webhook,
                                   const struct event *event)
{
    struct encoded encoded = support_encode(&sink_webhook, webhook, event);
    assert_null(encoded.error);
    return support_delivery(event, &encoded);
}

static void assert_field(const struct headers *headers, const char *name, const char *value)
{
    const char *is = headers_get(headers, name);
    if (!is) {
        fail_msg("no field %s", name);
    }
    assert_string_equal(is, value);
}

static void a_request_carries_what_the_documentation_promises(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event("{\"key\":\"4711\"}");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    delivery.attempts = 1;
    send_at(&webhook, &delivery, NOW_MS, &request);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.url, webhook.url);
    assert_field(&request.headers, "content-type", "application/json");
    assert_field(&request.headers, "webhook-id", event.id);
    assert_field(&request.headers, "webhook-timestamp", "1767225600");
    assert_field(&request.headers, "webhook-attempt", "2");
    assert_field(&request.headers, "webhook-event-type", "item.updated");
    assert_int_equal(request.body.len, event.body.len);
    assert_memory_equal(request.body.data, event.body.data, event.body.len);
    assert_int_equal(request.secret_headers.n, 0);
}

static void the_signature_covers_the_very_bytes_sent(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event("{\"n\":12345678901234567890,\"s\":\"Zoë\"}");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    struct headers CLEANUP(headers_deinit) expected = { 0 };
    send_at(&webhook, &delivery, NOW_MS, &request);
    struct signature_input input = { .id = event.id,
                                     .timestamp_s = NOW_MS / 1000,
                                     .body = request.body.data,
                                     .len = request.body.len };
    assert_int_equal(signature_add(SIGNATURE_STANDARD, &webhook.keys, &input, &expected), 0);
    assert_field(&request.headers, "webhook-signature",
                 headers_get(&expected, "webhook-signature"));
}

static void limits_of_an_attempt_are_those_of_the_documentation(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    send_at(&webhook, &delivery, NOW_MS, &request);
    assert_int_equal(request.timeout_ms, 15000);
    assert_int_equal(request.connect_timeout_ms, 5000);
    assert_int_equal(request.max_redirects, 0);
    assert_int_equal(request.max_body_bytes, 16 * 1024);
    assert_true(request.truncate_body);
    assert_false(request.decompress);
    assert_true(request.allow_private);
}

// Every attempt, also one of another process after a restart, sends the same bytes under the same
// id; only the time and the number differ.
static void attempts_differ_in_time_and_number_alone(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event("{\"b\":1,\"a\":[1.0,1e3,-0]}");
    webhook.body = support_expr("{ data, type }");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST first = { 0 };
    send_at(&webhook, &delivery, NOW_MS, &first);
    for (unsigned attempts = 1; attempts < 5; attempts++) {
        struct http_request AUTO_REQUEST next = { 0 };
        char number[12];
        (void)snprintf(number, sizeof(number), "%u", attempts + 1);
        delivery.attempts = attempts;
        send_at(&webhook, &delivery, NOW_MS + attempts * INT64_C(3600000), &next);
        assert_int_equal(next.body.len, first.body.len);
        assert_memory_equal(next.body.data, first.body.data, first.body.len);
        assert_field(&next.headers, "webhook-id", event.id);
        assert_field(&next.headers, "webhook-attempt", number);
        assert_string_not_equal(headers_get(&next.headers, "webhook-signature"),
                                headers_get(&first.headers, "webhook-signature"));
    }
}

static void encoding_again_gives_the_same_bytes(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event("{\"b\":12345678901234567890,\"a\":{\"z\":1}}");
    webhook.body = support_expr("{ d: .data, t: .type }");
    struct encoded AUTO_ENCODED one = support_encode(&sink_webhook, &webhook, &event);
    struct encoded AUTO_ENCODED two = support_encode(&sink_webhook, &webhook, &event);
    assert_int_equal(one.body.len, two.body.len);
    assert_memory_equal(one.body.data, two.body.data, one.body.len);
}

static void configured_fields_are_sent_and_credentials_kept_apart(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    support_add_header(&webhook, "Authorization", "Bearer of a token");
    support_add_header(&webhook, "User-Agent", "somebody/1");
    support_add_header(&webhook, "X-GitHub-Delivery", "{{ .id }}");
    support_add_header(&webhook, "traceparent",
                       "00-00000000000000000000000000000001-"
                       "0000000000000002-00");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    send_at(&webhook, &delivery, NOW_MS, &request);
    assert_field(&request.secret_headers, "authorization", "Bearer of a token");
    assert_null(headers_get(&request.headers, "authorization"));
    assert_field(&request.headers, "user-agent", "somebody/1");
    assert_field(&request.headers, "x-github-delivery", event.id);
    // One's own trace context is not sent beside another.
    assert_null(headers_get(&request.headers, "traceparent"));
    assert_non_null(headers_get(&request.secret_headers, "traceparent"));
}

static void a_field_stored_before_the_settings_changed_is_sent_once(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK before = support_webhook();
    struct sink_webhook_settings AUTO_WEBHOOK after = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    support_add_header(&before, "X-Source", "{{ .source }}");
    support_add_header(&after, "x-source", "fixed");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&before, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    send_at(&after, &delivery, NOW_MS, &request);
    assert_field(&request.headers, "x-source", "orders");
    assert_null(headers_get(&request.secret_headers, "x-source"));
}

static void attempts_are_spans_of_one_trace(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST first = { 0 };
    struct http_request AUTO_REQUEST second = { 0 };
    send_at(&webhook, &delivery, NOW_MS, &first);
    delivery.attempts = 1;
    send_at(&webhook, &delivery, NOW_MS, &second);
    const char *a = headers_get(&first.headers, "traceparent");
    const char *b = headers_get(&second.headers, "traceparent");
    assert_int_equal(strlen(a), 55);
    assert_int_equal(strspn(a, "0123456789abcdef-"), 55);
    assert_memory_equal(a, b, 36); // version and trace
    assert_string_not_equal(a, b);
}

static void a_key_that_cannot_sign_fails_instead_of_sending_unsigned(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct event AUTO_EVENT event = support_event(NULL);
    support_set_secret(&webhook, 0, "not a key");
    struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
    struct http_request AUTO_REQUEST request = { 0 };
    assert_true(sink_webhook.send_http(&webhook, &delivery, NOW_MS, &request) < 0);
}

static void other_methods_are_sent_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {
        [SINK_WEBHOOK_POST] = "POST", [SINK_WEBHOOK_PUT] = "PUT", [SINK_WEBHOOK_PATCH] = "PATCH"
    };
    struct event AUTO_EVENT event = support_event(NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
        webhook.method = (int)i;
        struct delivery AUTO_DELIVERY delivery = delivery_of(&webhook, &event);
        struct http_request AUTO_REQUEST request = { 0 };
        send_at(&webhook, &delivery, NOW_MS, &request);
        assert_string_equal(request.method, names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_carries_what_the_documentation_promises),
        cmocka_unit_test(the_signature_covers_the_very_bytes_sent),
        cmocka_unit_test(limits_of_an_attempt_are_those_of_the_documentation),
        cmocka_unit_test(attempts_differ_in_time_and_number_alone),
        cmocka_unit_test(encoding_again_gives_the_same_bytes),
        cmocka_unit_test(configured_fields_are_sent_and_credentials_kept_apart),
        cmocka_unit_test(a_field_stored_before_the_settings_changed_is_sent_once),
        cmocka_unit_test(attempts_are_spans_of_one_trace),
        cmocka_unit_test(a_key_that_cannot_sign_fails_instead_of_sending_unsigned),
        cmocka_unit_test(other_methods_are_sent_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
