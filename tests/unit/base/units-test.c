#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <string.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/units.h"

struct duration_case {
    const char *text;
    int64_t ms;
};

static void durations_as_people_write_them(void **state)
{
    (void)state;
    static const struct duration_case cases[] = {
        { "0", 0 },
        { "0s", 0 },
        { "250ms", 250 },
        { "10s", 10000 },
        { "5m", 300000 },
        { "1h30m", 5400000 },
        { "1m1ms", 60001 },
        { "7d", 604800000 },
        { "2w", 1209600000 },
        { "1w2d3h4m5s6ms", 604800000 + 2 * 86400000 + 3 * 3600000 + 4 * 60000 + 5006 },
        { "90s", 90000 },
        { "007s", 7000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ms = -1;
        assert_true(duration_parse(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void durations_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "10",   "00",   "s",     "-5s",   "+5s",  "1.5h", " 5s",
        "5s ",  "5 s",  "5S",   "1s1m",  "1m1m",  "5sec", "1h30", "1y",
        "1msm", "1mss", "0x5s", "1ms1s", "5m,3s", "1e3s", "30s0",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t ms = 42;
        if (duration_parse(bad[i], &ms)) {
            fail_msg("accepted %s", bad[i]);
        }
        assert_int_equal(ms, 42);
    }
}

static void durations_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(duration_parse("9223372036854775807ms", &ms));
    assert_true(ms == INT64_MAX);
    assert_false(duration_parse("9223372036854775808ms", &ms));
    assert_false(duration_parse("1s9223372036854775807ms", &ms));
    assert_false(duration_parse("18446744073709551616ms", &ms));
    assert_false(duration_parse("99999999999999999w", &ms));
}

static void durations_format_and_read_back(void **state)
{
    (void)state;
    static const struct duration_case cases[] = {
        { "0", 0 },
        { "1m30s", 90000 },
        { "250ms", 250 },
        { "1h", 3600000 },
        { "7d", 604800000 },
        { "30d", INT64_C(2592000000) },
        { "1d1ms", 86400001 },
        { "5s", 5000 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[32];
        duration_format(cases[i].ms, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
        int64_t ms;
        assert_true(duration_parse(text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
    char text[40];
    duration_format(-1500, text, sizeof(text));
    assert_string_equal(text, "-1s500ms");
    duration_format(INT64_MIN, text, sizeof(text));
    assert_string_equal(text, "-106751991167d7h12m55s808ms");
}

struct size_case {
    const char *text;
    uint64_t bytes;
};

static void sizes_in_both_powers(void **state)
{
    (void)state;
    static const struct size_case cases[] = {
        { "0", 0 },
        { "4096", 4096 },
        { "4096B", 4096 },
        { "10MiB", 10 << 20 },
        { "512KiB", 512 << 10 },
        { "1GiB", 1 << 30 },
        { "1GB", 1000000000 },
        { "5MB", 5000000 },
        { "2KB", 2000 },
        { "18446744073709551615", UINT64_MAX },
        { "17179869183GiB", UINT64_C(17179869183) << 30 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t bytes = 1;
        assert_true(size_parse(cases[i].text, &bytes));
        assert_true(bytes == cases[i].bytes);
    }
    static const char *const bad[] = { "",
                                       "MiB",
                                       "-1",
                                       "1.5GiB",
                                       "10 MiB",
                                       "10mib",
                                       "10Mb",
                                       "1TiB",
                                       "1Ki",
                                       "1K",
                                       "17179869184GiB",
                                       " 1",
                                       "18446744073709551616" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        uint64_t bytes;
        if (size_parse(bad[i], &bytes)) {
            fail_msg("accepted %s", bad[i]);
        }
    }
}

static void sizes_format_exactly(void **state)
{
    (void)state;
    static const struct size_case cases[] = {
        { "0", 0 },
        { "4KiB", 4096 },
        { "10MiB", 10 << 20 },
        { "1GB", 1000000000 },
        { "1001", 1001 },
        { "1025", 1024 + 1 },
        { "2KB", 2000 },
        { "1536KiB", 3 << 19 },
        { "3GiB", UINT64_C(3) << 30 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[32];
        size_format(cases[i].bytes, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_as_people_write_them),
        cmocka_unit_test(durations_that_mean_nothing_are_refused),
        cmocka_unit_test(durations_beyond_64_bits_are_refused),
        cmocka_unit_test(durations_format_and_read_back),
        cmocka_unit_test(sizes_in_both_powers),
        cmocka_unit_test(sizes_format_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
