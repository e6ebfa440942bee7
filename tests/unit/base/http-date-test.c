#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include "bridge/base/cleanup.h"
#include "bridge/base/http-date.h"
#include <cmocka.h>

struct date_case {
    const char *text;
    int64_t at_s;
};

static void the_three_forms_of_rfc_9110(void **state)
{
    (void)state;
    static const struct date_case cases[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
        { "Sun Nov  6 08:49:37 1994", 784111777 },
        { "Sun Nov 16 08:49:37 1994", 784975777 },
        { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
        { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
        { "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
        { "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
        { "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
        { "Thursday, 01-Jan-70 00:00:00 GMT", 0 },
        { "Sunday, 01-Jan-68 00:00:00 GMT", 3092601600 }, // 2068
        { "Wednesday, 01-Jan-69 00:00:00 GMT", -31536000 },
        { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 }, // a leap second
        // Seen in the wild, harmless
        { "sun, 6 nov 1994 08:49:37 gmt", 784111777 },
        { "Sun, 06-Nov-1994 08:49:37 GMT", 784111777 },
        { "Mon, 06 Nov 1994 08:49:37 UTC", 784111777 }, // the weekday is wrong
        { "  Sun, 06 Nov 1994 08:49:37 GMT  ", 784111777 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t at_ms = 1;
        if (!http_date_parse(cases[i].text, &at_ms)) {
            fail_msg("refused %s", cases[i].text);
        }
        assert_int_equal(at_ms, cases[i].at_s * 1000);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0",
        "-1",
        "1994-11-06T08:49:37Z",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 EST",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Thu, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Thu, 29 Feb 1900 00:00:00 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 994 08:49:37 GMT",
        "Sun, 06-Nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sunda, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 94",
        "Sun, 06 Nov 19944 08:49:37 GMT",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t at_ms;
        if (http_date_parse(bad[i], &at_ms)) {
            fail_msg("accepted %s", bad[i]);
        }
    }
}

struct wait_case {
    const char *text;
    int64_t wait_ms;
};

static void retry_after_is_a_wait_from_now(void **state)
{
    (void)state;
    const int64_t now = INT64_C(784111777) * 1000; // Sun, 06 Nov 1994 08:49:37 GMT
    static const struct wait_case cases[] = {
        { "0", 0 },
        { "120", 120000 },
        { " 120 ", 120000 },
        { "0.2", 1000 }, // rounded up: never early
        { "7.0", 7000 },
        { "Sun, 06 Nov 1994 08:50:37 GMT", 60000 },
        { "Sun, 06 Nov 1994 08:00:00 GMT", 0 }, // the past
        { "99999999999999999999999999999999", INT64_C(3155760000000) },
        { "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(3155760000000) },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t wait_ms = -1;
        assert_true(http_retry_after_parse(cases[i].text, now, &wait_ms));
        assert_int_equal(wait_ms, cases[i].wait_ms);
    }
    static const char *const bad[] = { "", " ", "-1", "soon", "1m", "1 2", "+5", "0x10", ".5" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t wait_ms;
        assert_false(http_retry_after_parse(bad[i], now, &wait_ms));
    }
}

static void retry_after_keeps_milliseconds_of_the_clock(void **state)
{
    (void)state;
    int64_t wait_ms;
    assert_true(http_retry_after_parse("Sun, 06 Nov 1994 08:49:38 GMT",
                                       INT64_C(784111777) * 1000 + 250, &wait_ms));
    assert_int_equal(wait_ms, 750);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_of_rfc_9110),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(retry_after_is_a_wait_from_now),
        cmocka_unit_test(retry_after_keeps_milliseconds_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
