#include <string.h>

#include "tests/unit/sinks/support.h"

// 2026-01-01T00:00:00Z, a Thursday.
#define NOW_MS  INT64_C(1767225600000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

struct answer {
    int status;
    const char *name; // of a field
    const char *value;
    enum verdict_kind kind;
    int64_t rest_ms;
    const char *code;
};

static struct verdict judge(const struct answer *answer, enum http_error error)
{
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct http_response response = { .status = answer->status, .error = error };
    if (answer->name) {
        assert_int_equal(headers_add(&response.headers, answer->name, answer->value), 0);
    }
    struct verdict verdict = sink_webhook.judge_http(&webhook, &response, NOW_MS);
    http_response_deinit(&response);
    return verdict;
}

static void check_all(const struct answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct answer *answer = &answers[i];
        struct verdict verdict = judge(answer, HTTP_NO_ERROR);
        if (verdict.kind != answer->kind || verdict.rest_ms != answer->rest_ms) {
            fail_msg("%d %s: %s: kind %d, rest %lld ms", answer->status,
                     answer->name ? answer->name : "", answer->name ? answer->value : "",
                     (int)verdict.kind, (long long)verdict.rest_ms);
        }
        if (answer->code) {
            assert_non_null(verdict.error_code);
            assert_string_equal(verdict.error_code, answer->code);
        } else {
            assert_null(verdict.error_code);
        }
    }
}

static void a_status_means_what_the_documentation_says(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { 200, NULL, NULL, VERDICT_DELIVERED, 0, NULL },
        { 202, NULL, NULL, VERDICT_DELIVERED, 0, NULL },
        { 204, NULL, NULL, VERDICT_DELIVERED, 0, NULL },
        { 299, NULL, NULL, VERDICT_DELIVERED, 0, NULL },
        { 199, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 300, NULL, NULL, VERDICT_RETRY, 0, "redirect_refused" },
        { 301, "Location", "https://elsewhere.example.com/", VERDICT_RETRY, 0, "redirect_refused" },
        { 304, NULL, NULL, VERDICT_RETRY, 0, "redirect_refused" },
        { 399, NULL, NULL, VERDICT_RETRY, 0, "redirect_refused" },
        { 400, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 401, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 404, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 410, NULL, NULL, VERDICT_GONE, 0, "http_status" },
        { 429, NULL, NULL, VERDICT_REST, 60000, "http_status" },
        { 500, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 501, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 502, NULL, NULL, VERDICT_REST, 60000, "http_status" },
        { 503, NULL, NULL, VERDICT_REST, 60000, "http_status" },
        { 504, NULL, NULL, VERDICT_REST, 60000, "http_status" },
        { 505, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
        { 999, NULL, NULL, VERDICT_RETRY, 0, "http_status" },
    };
    check_all(answers, ARRAY_LEN(answers));
}

static void retry_after_is_a_floor_of_at_most_a_day(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { 429, "Retry-After", "120", VERDICT_REST, 120000, "http_status" },
        { 503, "retry-after", "1", VERDICT_REST, 1000, "http_status" },
        { 502, "Retry-After", "0", VERDICT_REST, 1000, "http_status" },
        { 503, "Retry-After", "86400", VERDICT_REST, DAY_MS, "http_status" },
        { 503, "Retry-After", "86401", VERDICT_REST, DAY_MS, "http_status" },
        { 503, "Retry-After", "99999999999999999999", VERDICT_REST, DAY_MS, "http_status" },
        { 504, "Retry-After", "Thu, 01 Jan 2026 01:00:00 GMT", VERDICT_REST, HOUR_MS,
          "http_status" },
        { 504, "Retry-After", "Sat, 03 Jan 2026 00:00:00 GMT", VERDICT_REST, DAY_MS,
          "http_status" },
        { 504, "Retry-After", "Wed, 31 Dec 2025 23:00:00 GMT", VERDICT_REST, 1000, "http_status" },
        { 429, "Retry-After", "soon", VERDICT_REST, 60000, "http_status" },
        { 429, "Retry-After", "-5", VERDICT_REST, 60000, "http_status" },
        { 429, "Retry-After", "", VERDICT_REST, 60000, "http_status" },
        // Where it asks for nothing.
        { 500, "Retry-After", "120", VERDICT_RETRY, 0, "http_status" },
        { 200, "Retry-After", "120", VERDICT_DELIVERED, 0, NULL },
    };
    check_all(answers, ARRAY_LEN(answers));
}

static void a_receiver_may_ask_for_an_end(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { 400, "webhook-delivery", "disable", VERDICT_GONE, 0, "http_status" },
        { 503, "Webhook-Delivery", "Disable", VERDICT_GONE, 0, "http_status" },
        { 400, "webhook-delivery", "abort-message", VERDICT_FINAL, 0, "http_status" },
        { 503, "webhook-delivery", "abort-message", VERDICT_FINAL, 0, "http_status" },
        { 410, "webhook-delivery", "abort-message", VERDICT_GONE, 0, "http_status" },
        { 400, "webhook-delivery", "abort", VERDICT_RETRY, 0, "http_status" },
        { 400, "webhook-delivery", "", VERDICT_RETRY, 0, "http_status" },
        // It took the event after all.
        { 200, "webhook-delivery", "abort-message", VERDICT_DELIVERED, 0, NULL },
        { 200, "webhook-delivery", "disable", VERDICT_DELIVERED, 0, NULL },
    };
    check_all(answers, ARRAY_LEN(answers));
}

static void faults_of_the_network_are_tried_again(void **state)
{
    (void)state;
    static const struct {
        enum http_error error;
        enum verdict_kind kind;
        int64_t rest_ms;
    } cases[] = {
        { HTTP_DNS_ERROR, VERDICT_RETRY, 0 },
        { HTTP_CONNECTION_REFUSED, VERDICT_RETRY, 0 },
        { HTTP_CONNECTION_RESET, VERDICT_RETRY, 0 },
        { HTTP_TLS_ERROR, VERDICT_RETRY, 0 },
        { HTTP_RESPONSE_TOO_LARGE, VERDICT_RETRY, 0 },
        { HTTP_PROXY_ERROR, VERDICT_RETRY, 0 },
        { HTTP_PROTOCOL_ERROR, VERDICT_RETRY, 0 },
        { HTTP_TIMEOUT_CONNECT, VERDICT_REST, 60000 },
        { HTTP_TIMEOUT_TOTAL, VERDICT_REST, 60000 },
        { HTTP_BLOCKED_ADDRESS, VERDICT_FINAL, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        // A status is of no use when its answer broke off.
        static const int statuses[] = { 0, 200, 410 };
        for (size_t k = 0; k < ARRAY_LEN(statuses); k++) {
            struct answer answer = { .status = statuses[k] };
            struct verdict verdict = judge(&answer, cases[i].error);
            assert_int_equal(verdict.kind, cases[i].kind);
            assert_int_equal(verdict.rest_ms, cases[i].rest_ms);
            assert_string_equal(verdict.error_code, http_error_code(cases[i].error));
        }
    }
}

static void a_certificate_of_another_name_is_final(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct http_response response = { .error = HTTP_TLS_ERROR, .tls_name_refused = true };
    struct verdict verdict = sink_webhook.judge_http(&webhook, &response, NOW_MS);
    assert_int_equal(verdict.kind, VERDICT_FINAL);
    assert_string_equal(verdict.error_code, "tls_error");
}

static void an_answer_that_was_cut_off_counts_by_its_status(void **state)
{
    (void)state;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    struct http_response response = { .status = 200, .truncated = true };
    assert_int_equal(sink_webhook.judge_http(&webhook, &response, NOW_MS).kind, VERDICT_DELIVERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_means_what_the_documentation_says),
        cmocka_unit_test(retry_after_is_a_floor_of_at_most_a_day),
        cmocka_unit_test(a_receiver_may_ask_for_an_end),
        cmocka_unit_test(faults_of_the_network_are_tried_again),
        cmocka_unit_test(a_certificate_of_another_name_is_final),
        cmocka_unit_test(an_answer_that_was_cut_off_counts_by_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
