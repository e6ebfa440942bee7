#include "tests/unit/poll/support.h"

#include "bridge/model/http.h"
#include "bridge/poll/politeness/quota.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define DAY    (24 * 60 * MINUTE)

static void quota_headers_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *fields[9]; // name, value, …, NULL
        struct quota quota;
        int64_t wait_ms;
    } cases[] = {
        { { NULL }, { 0 }, 0 },
        // One field for each number: seconds, or an instant.
        { { "RateLimit-Limit", "100", "RateLimit-Remaining", "50", "RateLimit-Reset", "30" },
          { true, 100, 50, 30 * SECOND },
          0 },
        { { "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset",
            "1767225690" },
          { true, 60, 0, 90 * SECOND },
          90 * SECOND },
        { { "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1767225690000" },
          { true, 0, 0, 90 * SECOND },
          90 * SECOND },
        { { "x-rate-limit-limit", "15", "x-rate-limit-remaining", "1", "x-rate-limit-reset", "90" },
          { true, 15, 1, 90 * SECOND },
          0 },
        { { "X-Ratelimit-Remaining", "95.0", "X-Ratelimit-Reset", "5" },
          { true, 0, 95, 5 * SECOND },
          0 },
        { { "ratelimit-limit", "100;w=21600", "ratelimit-remaining", "98;w=21600" },
          { true, 100, 98, 0 },
          0 },
        { { "RateLimit-Limit", "10, 10;w=1, 1000;w=3600", "RateLimit-Remaining", "0" },
          { true, 10, 0, 0 },
          MINUTE },
        // The server's clock is years off, and says so.
        { { "Date", "Thu, 01 Jan 2015 00:00:00 GMT", "X-RateLimit-Remaining", "0",
            "X-RateLimit-Reset", "1420070430" },
          { true, 0, 0, 30 * SECOND },
          30 * SECOND },
        { { "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1420070430" }, // long ago
          { true, 0, 0, SECOND },
          SECOND },
        { { "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999999999999" },
          { true, 0, 0, DAY },
          DAY },
        { { "RateLimit-Remaining", "many", "RateLimit-Reset", "5" }, { 0, 0, 0, 5 * SECOND }, 0 },
        { { "RateLimit-Remaining", "-1" }, { 0 }, 0 },
        // Structured.
        { { "RateLimit", "\"default\";r=50;t=30" }, { true, 0, 50, 30 * SECOND }, 0 },
        { { "RateLimit", "default;r=2;t=60", "RateLimit-Policy", "default;q=100;w=60" },
          { true, 100, 2, MINUTE },
          30 * SECOND },
        { { "RateLimit", "\"burst\";r=9;t=1, \"day, all\" ; r=3 ; t=3600", "RateLimit-Policy",
            "\"burst\";q=10;w=1, \"day, all\";q=1000;w=86400" },
          { true, 1000, 3, 60 * MINUTE },
          20 * MINUTE },
        { { "RateLimit", "\"a\";r=0;t=7, \"b\";r=0;t=3" }, { true, 0, 0, 7 * SECOND }, 7 * SECOND },
        { { "RateLimit", "limit=100, remaining=5, reset=50" },
          { true, 100, 5, 50 * SECOND },
          10 * SECOND },
        { { "RateLimit", "\"a;r=1" }, { 0 }, 0 },
        { { "RateLimit", ",;=,;r=;t" }, { 0 }, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
        for (const char *const *field = cases[i].fields; *field; field += 2) {
            assert_int_equal(headers_add(&response.headers, field[0], field[1]), 0);
        }
        const struct quota quota = quota_read(&response, SUPPORT_NOW_MS);
        if (quota.is_known != cases[i].quota.is_known) {
            fail_msg("case %zu (%s) is %sknown", i, cases[i].fields[1], quota.is_known ? "" : "un");
        }
        if (quota.is_known) {
            assert_int_equal(quota.limit, cases[i].quota.limit);
            assert_int_equal(quota.remaining, cases[i].quota.remaining);
            assert_int_equal(quota.reset_ms, cases[i].quota.reset_ms);
        }
        assert_int_equal(quota_wait_ms(&quota), cases[i].wait_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota_headers_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
