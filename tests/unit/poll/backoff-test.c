#include "tests/unit/poll/support.h"

#include <limits.h>

#include "bridge/model/http.h"
#include "bridge/poll/politeness/backoff.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void the_interval_doubles_up_to_an_hour_and_never_ends(void **state)
{
    (void)state;
    static const struct {
        int64_t interval_ms;
        unsigned failures;
        int64_t wait_ms;
    } cases[] = {
        { MINUTE, 0, MINUTE },     { MINUTE, 1, 2 * MINUTE },
        { MINUTE, 2, 4 * MINUTE }, { MINUTE, 5, 32 * MINUTE },
        { MINUTE, 6, HOUR }, // not 64 minutes
        { MINUTE, 1000, HOUR },    { MINUTE, UINT_MAX, HOUR },
        { 40 * MINUTE, 1, HOUR },  { HOUR, 9, HOUR },
        { 6 * HOUR, 9, 6 * HOUR }, // never more often than when all is well
        { SECOND, 1, 2 * SECOND }, { SECOND, 11, 2048 * SECOND },
        { SECOND, 12, HOUR },      { 31 * DAY, UINT_MAX, 31 * DAY },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(backoff_interval_ms(cases[i].interval_ms, cases[i].failures),
                         cases[i].wait_ms);
    }
}

static void quick_retries_are_spread_over_their_whole_window(void **state)
{
    (void)state;
    assert_int_equal(backoff_quick_ms(0, 0), 0);
    assert_int_equal(backoff_quick_ms(0, 1000), 1000);
    assert_int_equal(backoff_quick_ms(1, 4000), 4000);
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t random = i * UINT64_C(0x9e3779b97f4a7c15);
        assert_in_range(backoff_quick_ms(0, random), 0, 1000);
        assert_in_range(backoff_quick_ms(1, random), 0, 4000);
    }
    assert_in_range(backoff_quick_ms(1, UINT64_MAX), 0, 4000);
}

static void only_what_may_pass_by_itself_is_tried_again_at_once(void **state)
{
    (void)state;
    static const struct {
        enum http_error error;
        int status;
        bool is_passing;
    } cases[] = {
        { HTTP_NO_ERROR, 500, true },
        { HTTP_NO_ERROR, 502, true },
        { HTTP_NO_ERROR, 599, true },
        { HTTP_NO_ERROR, 501, false },
        { HTTP_NO_ERROR, 499, false },
        { HTTP_NO_ERROR, 404, false },
        { HTTP_NO_ERROR, 304, false },
        { HTTP_NO_ERROR, 200, false },
        { HTTP_DNS_ERROR, 0, true },
        { HTTP_CONNECTION_REFUSED, 0, true },
        { HTTP_CONNECTION_RESET, 0, true },
        { HTTP_CONNECTION_RESET, 200, true }, // in the middle of the body
        { HTTP_TIMEOUT_CONNECT, 0, true },
        { HTTP_TIMEOUT_TOTAL, 0, false },
        { HTTP_TIMEOUT_TOTAL, 500, false },
        { HTTP_TLS_ERROR, 0, false },
        { HTTP_BLOCKED_ADDRESS, 0, false },
        { HTTP_RESPONSE_TOO_LARGE, 200, false },
        { HTTP_TOO_MANY_REDIRECTS, 0, false },
        { HTTP_PROXY_ERROR, 0, false },
        { HTTP_PROTOCOL_ERROR, 0, false },
        { HTTP_CANCELED, 0, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct http_response response = { .error = cases[i].error,
                                                .status = cases[i].status };
        assert_int_equal(backoff_is_passing(&response), cases[i].is_passing);
    }
}

static void a_rest_is_as_long_as_asked_for_within_reason(void **state)
{
    (void)state;
    static const struct {
        const char *retry_after; // NULL: none
        unsigned strikes;
        int64_t rest_ms;
    } cases[] = {
        { "120", 0, 2 * MINUTE },
        { "120", 7, 2 * MINUTE }, // what is asked for is not doubled
        { "1", 0, SECOND },
        { "0", 0, SECOND },
        { "86400", 0, DAY },
        { "86401", 0, DAY },
        { "99999999999999999999999999", 0, DAY },
        { "Thu, 01 Jan 2026 00:05:00 GMT", 0, 5 * MINUTE },
        { "Thursday, 01-Jan-26 00:05:00 GMT", 0, 5 * MINUTE },
        { "Thu Jan  1 00:05:00 2026", 0, 5 * MINUTE },
        { "Wed, 31 Dec 2025 23:00:00 GMT", 0, SECOND }, // passed already
        { "Fri, 01 Jan 2027 00:00:00 GMT", 0, DAY },
        { NULL, 0, MINUTE },
        { NULL, 1, 2 * MINUTE },
        { NULL, 4, 16 * MINUTE },
        { NULL, 11, DAY },
        { NULL, UINT_MAX, DAY },
        { "", 1, 2 * MINUTE },
        { "soon", 0, MINUTE },
        { "-5", 0, MINUTE },
        { "1.5", 0, 2 * SECOND }, // some servers send fractions
        { "Thu, 32 Jan 2026 00:05:00 GMT", 0, MINUTE },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(http_response_deinit) struct http_response response = { .status = 429 };
        if (cases[i].retry_after) {
            assert_int_equal(headers_add(&response.headers, "retry-after", cases[i].retry_after),
                             0);
        }
        int64_t rest_ms = backoff_rest_ms(&response, SUPPORT_NOW_MS, cases[i].strikes);
        if (rest_ms != cases[i].rest_ms) {
            fail_msg("Retry-After: %s after %u strikes rests %lld ms",
                     cases[i].retry_after ? cases[i].retry_after : "(none)", cases[i].strikes,
                     (long long)rest_ms);
        }
    }
}

static void a_date_is_measured_from_the_servers_own_clock(void **state)
{
    (void)state;
    static const char *const clocks[] = { "Thu, 01 Jan 2015 00:00:00 GMT",
                                          "Sun, 01 Jan 2040 00:00:00 GMT" };
    static const char *const ends[] = { "Thu, 01 Jan 2015 00:05:00 GMT",
                                        "Sun, 01 Jan 2040 00:05:00 GMT" };
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        CLEANUP(http_response_deinit) struct http_response response = { .status = 503 };
        assert_int_equal(headers_add(&response.headers, "Date", clocks[i]), 0);
        assert_int_equal(headers_add(&response.headers, "Retry-After", ends[i]), 0);
        assert_int_equal(backoff_rest_ms(&response, SUPPORT_NOW_MS, 0), 5 * MINUTE);
    }
}

static void tokens_and_commits_are_tried_less_and_less_often(void **state)
{
    (void)state;
    assert_int_equal(backoff_token_ms(0), 0);
    assert_int_equal(backoff_token_ms(1), 5 * SECOND);
    assert_int_equal(backoff_token_ms(2), 10 * SECOND);
    assert_int_equal(backoff_token_ms(10), 2560 * SECOND);
    assert_int_equal(backoff_token_ms(11), HOUR);
    assert_int_equal(backoff_token_ms(UINT_MAX), HOUR);
    assert_int_equal(backoff_store_ms(0), 100);
    assert_int_equal(backoff_store_ms(3), 800);
    assert_int_equal(backoff_store_ms(9), 30 * SECOND);
    assert_int_equal(backoff_store_ms(UINT_MAX), 30 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_doubles_up_to_an_hour_and_never_ends),
        cmocka_unit_test(quick_retries_are_spread_over_their_whole_window),
        cmocka_unit_test(only_what_may_pass_by_itself_is_tried_again_at_once),
        cmocka_unit_test(a_rest_is_as_long_as_asked_for_within_reason),
        cmocka_unit_test(a_date_is_measured_from_the_servers_own_clock),
        cmocka_unit_test(tokens_and_commits_are_tried_less_and_less_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
