#include "bridge/base/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/problem.h"

#define NEW_YEAR INT64_C(1767225600) // 2026-01-01T00:00:00Z, a Thursday
#define DAY      INT64_C(86400)

static int64_t next_of(const char *text, int64_t at_s)
{
    struct cron cron;
    assert_int_equal(cron_parse(&cron, text, NULL), 0);
    return cron_next(&cron, NULL, at_s);
}

static void turns_come_when_all_fields_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t after_s; // New Year
    } cases[] = {
        { "* * * * *", 60 },
        { "0 0 * * *", DAY }, // that of New Year is now
        { "@hourly", 3600 },
        { "@DAILY", DAY },
        { "@midnight", DAY },
        { "@weekly", 3 * DAY },
        { "@monthly", 31 * DAY },
        { "@yearly", 365 * DAY },
        { "@annually", 365 * DAY },
        { "30 8 * * mon-fri", 8 * 3600 + 1800 },
        { "0 0 * * SAT,sun", 2 * DAY },
        { "0 0 * feb *", 31 * DAY },
        { "5/20 * * * *", 5 * 60 },
        { "0 12 ? * 7", 3 * DAY + 12 * 3600 },
        // Either day field, when both are said; both of them, when one begins with a star.
        { "0 0 13 * fri", DAY },
        { "0 0 */13 * fri", 57 * DAY },             // a 1st, 14th or 27th that is a Friday
        { "0 0 29 2 *", INT64_C(1835395200) - NEW_YEAR }, // 2028
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t after_s = next_of(cases[i].text, NEW_YEAR) - NEW_YEAR;
        if (after_s != cases[i].after_s) {
            fail_msg("%s: after %lld s", cases[i].text, (long long)after_s);
        }
    }
}

static void what_is_no_schedule_is_refused_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        { "", "no schedule" },
        { "* * * *", "no schedule" },
        { "* * * * * *", "no seconds" },
        { "@every 5m", "no schedule" },
        { "@reboot", "no schedule" },
        { "60 * * * *", "minute" },
        { "* 24 * * *", "hour" },
        { "* * 0 * *", "day of month" },
        { "* * 32 * *", "day of month" },
        { "* * * 13 *", "month" },
        { "* * * foo *", "month" },
        { "* * * * 8", "day of week" },
        { "* * * * L", "day of week" },
        { "5-1 * * * *", "minute" },
        { "*/0 * * * *", "minute" },
        { "1,,2 * * * *", "minute" },
        { "1- * * * *", "minute" },
        { "-1 * * * *", "minute" },
        { "1.5 * * * *", "minute" },
        { "99999999999 * * * *", "minute" },
        { "0 0 30 2 *", "no day ever fits" },
        { "0 0 31 4,6,9,11 *", "no day ever fits" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(problem_freep) struct problem *why = NULL;
        struct cron cron;
        if (cron_parse(&cron, cases[i].text, &why) != CRON_E_BAD) {
            fail_msg("\"%s\" is taken", cases[i].text);
        }
        assert_non_null(strstr(why->message, cases[i].words));
        assert_non_null(strstr(why->message, "write five fields"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_come_when_all_fields_fit),
        cmocka_unit_test(what_is_no_schedule_is_refused_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
