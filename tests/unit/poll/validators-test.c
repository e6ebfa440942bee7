#include "tests/unit/poll/support.h"

#include <stdio.h>
#include <string.h>

#include "bridge/model/http.h"
#include "bridge/poll/digest/validators.h"

#define DAY_MS INT64_C(86400000)

static const struct hash128 here = { 1, 2 };
static const struct hash128 elsewhere = { 1, 3 };

static void keep(struct source_state *state, struct hash128 identity, const char *etag,
                 const char *last_modified)
{
    CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
    if (etag) {
        assert_int_equal(headers_add(&response.headers, "etag", etag), 0);
    }
    if (last_modified) {
        assert_int_equal(headers_add(&response.headers, "LAST-MODIFIED", last_modified), 0);
    }
    assert_int_equal(validators_keep(state, identity, &response), 0);
}

// As after a complete answer.
static struct source_state kept(const char *etag, const char *last_modified)
{
    struct source_state state = { .has_snapshot = true, .last_full_at_ms = SUPPORT_NOW_MS };
    keep(&state, here, etag, last_modified);
    return state;
}

// What is sent, as "If-None-Match|If-Modified-Since".
static void assert_sent(const struct source_state *state, struct hash128 identity, int64_t at_ms,
                        const char *method, const char *expected)
{
    CLEANUP(http_request_deinit)
    struct http_request request = { .method = method ? strdup(method) : NULL };
    bool sent = true;
    assert_int_equal(validators_apply(state, identity, at_ms, &request, &sent), 0);
    const char *match = headers_get(&request.headers, "If-None-Match");
    const char *since = headers_get(&request.headers, "If-Modified-Since");
    char got[256];
    (void)snprintf(got, sizeof(got), "%s|%s", match ? match : "", since ? since : "");
    assert_string_equal(got, expected);
    assert_int_equal(sent, strcmp(expected, "|") != 0);
}

static void they_are_echoed_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *etag;
        const char *last_modified;
        const char *sent;
    } cases[] = {
        { "\"abc\"", NULL, "\"abc\"|" },
        { "W/\"a b,c\"", NULL, "W/\"a b,c\"|" },
        { "unquoted; odd=\\x", NULL, "unquoted; odd=\\x|" },
        { "\"\xc3\xa9\xff\"", NULL, "\"\xc3\xa9\xff\"|" },
        { "\"\"", NULL, "\"\"|" },
        { NULL, "Thu, 01 Jan 2026 00:00:00 GMT", "|Thu, 01 Jan 2026 00:00:00 GMT" },
        { NULL, "not even a date", "|not even a date" },
        { "\"a\"", "yesterday", "\"a\"|yesterday" },
        { "", "", "|" },
        { NULL, NULL, "|" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(source_state_deinit)
        struct source_state source = kept(cases[i].etag, cases[i].last_modified);
        assert_sent(&source, here, SUPPORT_NOW_MS + 1, NULL, cases[i].sent);
        assert_sent(&source, here, SUPPORT_NOW_MS + 1, "GET", cases[i].sent);
    }
}

static void they_replace_what_the_settings_say(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit) struct source_state source = kept("\"a\"", NULL);
    CLEANUP(http_request_deinit) struct http_request request = { 0 };
    bool sent;
    assert_int_equal(headers_add(&request.headers, "if-none-match", "\"mine\""), 0);
    assert_int_equal(validators_apply(&source, here, SUPPORT_NOW_MS, &request, &sent), 0);
    assert_int_equal(request.headers.n, 1);
    assert_string_equal(request.headers.v[0].value, "\"a\"");
}

static void they_are_sent_only_where_a_304_would_be_true(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit) struct source_state source = kept("\"a\"", NULL);
    int64_t now_ms = SUPPORT_NOW_MS;
    assert_sent(&source, elsewhere, now_ms, NULL, "|"); // something was edited
    assert_sent(&source, here, now_ms, "POST", "|");
    assert_sent(&source, here, now_ms, "get", "|"); // methods have a case
    source.failures = 1;
    assert_sent(&source, here, now_ms, NULL, "|");
    source.failures = 0;
    source.has_snapshot = false;
    assert_sent(&source, here, now_ms, NULL, "|");
    source.has_snapshot = true;
    assert_sent(&source, here, now_ms, NULL, "\"a\"|");
    validators_drop(&source);
    assert_sent(&source, here, now_ms, NULL, "|");
}

static void everything_is_fetched_whole_at_least_daily(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit) struct source_state source = kept("\"a\"", NULL);
    assert_sent(&source, here, SUPPORT_NOW_MS + DAY_MS - 1, NULL, "\"a\"|");
    assert_sent(&source, here, SUPPORT_NOW_MS + DAY_MS, NULL, "|");
    assert_sent(&source, here, SUPPORT_NOW_MS - 1, NULL, "|"); // the clock was set back
    source.last_full_at_ms = 0;
    assert_sent(&source, here, SUPPORT_NOW_MS, NULL, "|");
}

static void those_of_the_last_answer_count(void **state)
{
    (void)state;
    CLEANUP(source_state_deinit) struct source_state source = kept("\"a\"", "x");
    keep(&source, here, "\"b\"", "y");
    assert_sent(&source, here, SUPPORT_NOW_MS, NULL, "\"b\"|y");
    keep(&source, here, "\"b\"", NULL);
    assert_sent(&source, here, SUPPORT_NOW_MS, NULL, "\"b\"|");
    keep(&source, here, NULL, NULL);
    assert_null(source.etag);
    keep(&source, here, NULL, "");
    assert_null(source.last_modified);
    keep(&source, elsewhere, "\"c\"", NULL);
    assert_sent(&source, here, SUPPORT_NOW_MS, NULL, "|");
    assert_sent(&source, elsewhere, SUPPORT_NOW_MS, NULL, "\"c\"|");
}

static void edited_requests_and_edited_rules_are_other_identities(void **state)
{
    (void)state;
    const struct source_settings source = { .request_hash = { 1, 2 }, .rules_hash = { 3, 4 } };
    const struct source_settings request = { .request_hash = { 1, 9 }, .rules_hash = { 3, 4 } };
    const struct source_settings rules = { .request_hash = { 1, 2 }, .rules_hash = { 3, 9 } };
    const struct source_settings swapped = { .request_hash = { 3, 4 }, .rules_hash = { 1, 2 } };
    struct hash128 identity = validators_identity(&source);
    assert_true(hash128_eq(identity, validators_identity(&source)));
    assert_false(hash128_eq(identity, validators_identity(&request)));
    assert_false(hash128_eq(identity, validators_identity(&rules)));
    assert_false(hash128_eq(identity, validators_identity(&swapped)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_echoed_byte_for_byte),
        cmocka_unit_test(they_replace_what_the_settings_say),
        cmocka_unit_test(they_are_sent_only_where_a_304_would_be_true),
        cmocka_unit_test(everything_is_fetched_whole_at_least_daily),
        cmocka_unit_test(those_of_the_last_answer_count),
        cmocka_unit_test(edited_requests_and_edited_rules_are_other_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
