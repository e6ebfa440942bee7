#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <string.h>

#include "bridge/base/str.h"

static void equality_knows_null_and_ascii_case_only(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_false(str_eq("", NULL));
    assert_true(str_eq("ab", "ab"));
    assert_false(str_eq("ab", "AB"));
    assert_true(str_eq_nocase("eTag-1", "ETAG-1"));
    assert_false(str_eq_nocase("etag", "etagx"));
    assert_false(str_eq_nocase("etagx", "etag"));
    assert_false(str_eq_nocase("[", "{")); // 0x5b and 0x7b differ by the case bit alone
    assert_false(str_eq_nocase("é", "É"));
    assert_true(str_eq_nocase(NULL, NULL));
    assert_false(str_eq_nocase(NULL, "a"));
}

static void prefixes_suffixes_and_emptiness(void **state)
{
    (void)state;
    assert_true(str_starts("whsec_x", "whsec_"));
    assert_false(str_starts("whse", "whsec_"));
    assert_true(str_starts("x", ""));
    assert_true(str_ends("KEY_file", "_file"));
    assert_false(str_ends("file", "_file"));
    assert_true(str_ends("x", ""));
    assert_true(str_is_empty(NULL));
    assert_true(str_is_empty(""));
    assert_false(str_is_empty(" "));
    AUTO_FREE char *text = str_printf("%s:%d", "a", 3);
    assert_string_equal(text, "a:3");
}

struct glob_case {
    const char *pattern;
    const char *text;
    bool match;
};

static void glob_matches_whole_names(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "**", "", true },
        { "?", "", false },
        { "orders*", "orders", true },
        { "orders*", "orders-eu", true },
        { "orders*", "my-orders", false },
        { "item.*", "item.created", true },
        { "item.*", "item", false },
        { "*.created", "item.created", true },
        { "*.created", "item.created.x", false },
        { "a*b*c", "a-b-b-c", true },
        { "a*b*c", "a-c-b", false },
        { "*ab", "aab", true },
        { "*aab", "aaab", true },
        { "a?c", "abc", true },
        { "a?c", "ac", false },
        { "?", "é", true },
        { "??", "é", false },
        { "*?", "é", true },
        { "x?y", "x€y", true },
        { "[a]", "[a]", true },
        { "[a]", "a", false },
        { "a\\*", "a\\b", true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (str_glob(cases[i].pattern, cases[i].text) != cases[i].match) {
            fail_msg("%s against %s", cases[i].pattern, cases[i].text);
        }
    }
}

static void glob_with_many_stars_stays_fast(void **state)
{
    (void)state;
    char pattern[201];
    char text[5001];
    for (size_t i = 0; i < 200; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    pattern[199] = 'b';
    pattern[200] = '\0';
    memset(text, 'a', 5000);
    text[5000] = '\0';
    assert_false(str_glob(pattern, text)); // an exponential matcher would not come back
}

static void nearest_name_is_a_slip_of_the_pen(void **state)
{
    (void)state;
    static const char *const names[] = { "url",     "method",      "headers",        "timeout",
                                         "max_age", "max_removed", "connect_timeout" };
    const size_t n = ARRAY_LEN(names);
    assert_string_equal(str_nearest("timout", names, n), "timeout");
    assert_string_equal(str_nearest("tiemout", names, n), "timeout"); // two letters swapped
    assert_string_equal(str_nearest("URL", names, n), "url");
    assert_string_equal(str_nearest("uri", names, n), "url");
    assert_string_equal(str_nearest("max-removed", names, n), "max_removed");
    assert_string_equal(str_nearest("header", names, n), "headers");
    assert_null(str_nearest("body", names, n));
    assert_null(str_nearest("", names, n));
    assert_null(str_nearest("z", (const char *const[]){ "a", "b" }, 2));
    assert_null(str_nearest("timeout", NULL, 0));
    char longest[100];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_null(str_nearest(longest, names, n));
    const char *const itself[] = { longest, "xx" };
    assert_string_equal(str_nearest("xxx", itself, 2), "xx");
}

static void nearest_prefers_the_smaller_distance(void **state)
{
    (void)state;
    static const char *const names[] = { "interface", "interval", "intervals" };
    assert_string_equal(str_nearest("intervall", names, 3), "interval");
    assert_string_equal(str_nearest("intervals", names, 3), "intervals");
}

static void whole_numbers_only(void **state)
{
    (void)state;
    int64_t i = 77;
    uint64_t u = 77;
    assert_true(str_to_i64("-9223372036854775808", &i));
    assert_true(i == INT64_MIN);
    assert_true(str_to_i64("9223372036854775807", &i));
    assert_true(i == INT64_MAX);
    assert_true(str_to_u64("18446744073709551615", &u));
    assert_true(u == UINT64_MAX);
    assert_true(str_to_i64("007", &i));
    assert_int_equal(i, 7);
    i = 77;
    u = 77;
    static const char *const bad[] = { "",    " 1",  "1 ",  "+1",  "-",
                                       "0x1", "1.0", "1e3", "--1", "99999999999999999999999" };
    for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
        assert_false(str_to_i64(bad[k], &i));
        assert_false(str_to_u64(bad[k], &u));
    }
    assert_false(str_to_i64("9223372036854775808", &i));
    assert_false(str_to_u64("18446744073709551616", &u));
    assert_false(str_to_u64("-1", &u));
    assert_false(str_to_i64(NULL, &i));
    assert_int_equal(i, 77); // untouched by a refusal
    assert_int_equal(u, 77);
}

struct utf8_case {
    const char *text;
    int bad; // -1: valid
};

static void utf8_is_judged_by_rfc_3629(void **state)
{
    (void)state;
    static const struct utf8_case cases[] = {
        { "", -1 },
        { "plain ascii, longer than eight", -1 },
        { "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf", -1 },
        { "\xed\x9f\xbf \xee\x80\x80", -1 },         // around the surrogates
        { "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", -1 }, // first and last beyond the BMP
        { "\x80", 0 },                               // continuation alone
        { "ab\xc0\xaf", 2 },                         // overlong
        { "\xc1\xbf", 0 },                           // overlong
        { "\xe0\x9f\xbf", 0 },                       // overlong
        { "\xf0\x8f\xbf\xbf", 0 },                   // overlong
        { "x\xed\xa0\x80", 1 },                      // surrogate
        { "\xf4\x90\x80\x80", 0 },                   // beyond U+10FFFF
        { "\xf5\x80\x80\x80", 0 },
        { "12345678\xff", 8 },
        { "12345678901\xe2\x82", 11 }, // cut off
        { "\xe2\x82z", 0 },
        { "\xf0\x9f\x98z", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t bad = 999;
        bool valid = str_is_utf8(cases[i].text, strlen(cases[i].text), &bad);
        assert_int_equal(valid, cases[i].bad < 0);
        assert_int_equal(bad, cases[i].bad < 0 ? 999 : cases[i].bad);
    }
    assert_false(str_is_utf8("\xff", 1, NULL));
    assert_true(str_is_utf8("a\0b", 3, NULL));
}

static void a_cut_falls_between_characters(void **state)
{
    (void)state;
    static const char text[] = "a\u00e9\u20acb"; // of 1, 2, 3 and 1 bytes
    static const size_t fits[] = { 0, 1, 1, 3, 3, 3, 6, 7, 7 };
    for (size_t most = 0; most < ARRAY_LEN(fits); most++) {
        assert_int_equal(str_cut(text, strlen(text), most), fits[most]);
    }
    assert_int_equal(str_cut("\xa9\xa9\xa9", 3, 2), 0); // no character begins there
    assert_int_equal(str_cut("", 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_falls_between_characters),
        cmocka_unit_test(equality_knows_null_and_ascii_case_only),
        cmocka_unit_test(prefixes_suffixes_and_emptiness),
        cmocka_unit_test(glob_matches_whole_names),
        cmocka_unit_test(glob_with_many_stars_stays_fast),
        cmocka_unit_test(nearest_name_is_a_slip_of_the_pen),
        cmocka_unit_test(nearest_prefers_the_smaller_distance),
        cmocka_unit_test(whole_numbers_only),
        cmocka_unit_test(utf8_is_judged_by_rfc_3629),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
