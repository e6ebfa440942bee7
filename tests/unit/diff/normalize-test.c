// Places brought into one form, and numbers that have to move far enough.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/deadband.h"
#include "bridge/diff/normalize.h"
#include "bridge/model/json.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    if (json_read(&value, text, strlen(text), NULL, NULL) != 0) {
        fail_msg("%s is no JSON", text);
    }
    return value;
}

static void expect_text(struct json_object *value, const char *expected, const char *what)
{
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(json_write(&text, value), 0);
    if (strcmp(buf_str(&text), expected) != 0) {
        fail_msg("%s gave %s instead of %s", what, buf_str(&text), expected);
    }
}

static void check(const char *path, const char *steps, const char *value, const char *expected)
{
    CLEANUP(normalize_freep) struct normalize *normalize = NULL;
    AUTO_JSON struct json_object *before = parse(value);
    AUTO_JSON struct json_object *after = NULL;
    AUTO_JSON struct json_object *again = NULL;
    assert_int_equal(normalize_new(&normalize), 0);
    assert_int_equal(normalize_add(normalize, path, steps, NULL), 0);
    assert_int_equal(normalize_apply(normalize, before, &after), 0);
    expect_text(after, expected, value);
    expect_text(before, value, "the input itself");
    // What has the form already keeps it.
    assert_int_equal(normalize_apply(normalize, after, &again), 0);
    expect_text(again, expected, value);
}

static void numbers_are_rounded_by_their_decimal_digits(void **state)
{
    static const struct {
        const char *steps, *value, *expected;
    } cases[] = {
        { "round(1)", "21.44", "21.4" },
        { "round(1)", "21.45", "21.5" },
        { "round(1)", "1.005", "1" },
        { "round(2)", "1.005", "1.01" }, // in binary it is a little less
        { "round(2)", "2.675", "2.68" },
        { "round(0)", "0.5", "1" },
        { "round", "-0.5", "-1" },
        { "round", "0.49", "0" },
        { "round", "-0.4", "0" },
        { "round(1)", "99.96", "100" },
        { "round(1)", "-9.95", "-10" },
        { "round(3)", "5", "5" },
        { "round(3)", "5.10", "5.10" }, // nothing is to be done: as it is written
        { "round(-2)", "149", "100" },
        { "round(-2)", "150", "200" },
        { "round(-2)", "49", "0" },
        { "round(-2)", "51", "100" },
        { "round(-3)", "9007199254740993123456", "9.007199254740993123e21" },
        { "round(2)", "123456789012345678901234567890.125",
          "1.2345678901234567890123456789013e29" },
        { "round(2)", "1e-400", "0" },
        { "round(2)", "1e400", "1e400" },
        { "round(1)", "\"12.34\"", "\"12.3\"" },
        { "round(3)", "\"12.50\"", "\"12.5\"" },
        { "round(1)", "\"warm\"", "\"warm\"" },
        { "round(1)", "null", "null" },
        { "round(1)", "[1.23]", "[1.23]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check(".", cases[i].steps, cases[i].value, cases[i].expected);
    }
}

static void texts_and_lists_come_into_one_form(void **state)
{
    static const struct {
        const char *steps, *value, *expected;
    } cases[] = {
        { "trim", "\"  a b\\n\"", "\"a b\"" },
        { "trim", "\"a\"", "\"a\"" },
        { "trim", "\" \\t \"", "\"\"" },
        { "lowercase", "\"AbZ É\"", "\"abz É\"" },
        { "trim | lowercase", "\" OPEN \"", "\"open\"" },
        { "sort", "[10,9,\"b\",\"a\",null,true,{\"b\":1,\"a\":2},[2],1.5,-3]",
          "[null,true,-3,1.5,9,10,\"a\",\"b\",[2],{\"b\":1,\"a\":2}]" },
        { "sort", "[1,1]", "[1,1]" },
        { "set", "[3,1.0,1,\"1\",3]", "[1.0,3,\"1\"]" },
        { "set", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "[{\"a\":1,\"b\":2}]" },
        { "sort", "\"no list\"", "\"no list\"" },
        { "date", "\"2026-01-01T02:00:00+02:00\"", "\"2026-01-01T00:00:00Z\"" },
        { "date", "\"2026-01-01 00:00:00.500Z\"", "\"2026-01-01T00:00:00.5Z\"" },
        { "date", "\"2025-12-31T19:30:00.000-0430\"", "\"2026-01-01T00:00:00Z\"" },
        { "date", "\"Thu, 01 Jan 2026 00:00:00 GMT\"", "\"2026-01-01T00:00:00Z\"" },
        { "date", "\"2024-02-29T00:00:00Z\"", "\"2024-02-29T00:00:00Z\"" },
        { "date", "\"2026-02-29T00:00:00Z\"", "\"2026-02-29T00:00:00Z\"" },
        { "date", "\"0000-01-01T00:00:00+01:00\"", "\"0000-01-01T00:00:00+01:00\"" },
        { "date", "\"2026-01-01\"", "\"2026-01-01\"" },
        { "date", "\"2026-01-01T00:00:00\"", "\"2026-01-01T00:00:00\"" },
        { "date", "\"soon\"", "\"soon\"" },
        { "date", "1767225600", "1767225600" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check(".", cases[i].steps, cases[i].value, cases[i].expected);
    }
}

static void only_the_named_places_are_touched(void **state)
{
    (void)state;
    check(".a.t", "round(0)", "{\"a\":{\"t\":1.6,\"u\":1.6},\"t\":1.6}",
          "{\"a\":{\"t\":2,\"u\":1.6},\"t\":1.6}");
    check(".l[].t", "round(0)", "{\"l\":[{\"t\":1.6},{\"t\":0.2},3.7]}",
          "{\"l\":[{\"t\":2},{\"t\":0},3.7]}");
    check("..name", "trim", "[{\"name\":\" a\"},{\"x\":{\"name\":\"b \"}}]",
          "[{\"name\":\"a\"},{\"x\":{\"name\":\"b\"}}]");
    check(".missing", "trim", "{\"a\":\" b\"}", "{\"a\":\" b\"}");
}

static void what_is_no_normalization_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "round(",
                                       "round(1",
                                       "round(x)",
                                       "round(101)",
                                       "trim |",
                                       "| trim",
                                       "trim trim",
                                       "upper",
                                       "round()",
                                       "set||set",
                                       "round(1)x",
                                       "trim|trim|trim|trim|trim|trim|trim|trim|sort" };
    CLEANUP(normalize_freep) struct normalize *normalize = NULL;
    (void)state;
    assert_int_equal(normalize_new(&normalize), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(problem_freep) struct problem *problem = NULL;
        if (normalize_add(normalize, ".a", bad[i], &problem) != NORMALIZE_E_SYNTAX) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
        assert_non_null(strstr(problem->message, "round(n), trim"));
    }
    assert_int_equal(normalize_add(normalize, ".a[", "trim", NULL), NORMALIZE_E_SYNTAX);
}

static void check_band(const char *path, const char *width, const char *told, const char *now,
                       const char *expected)
{
    CLEANUP(deadband_freep) struct deadband *deadband = NULL;
    AUTO_JSON struct json_object *before = parse(told);
    AUTO_JSON struct json_object *after = parse(now);
    AUTO_JSON struct json_object *quiet = NULL;
    assert_int_equal(deadband_new(&deadband), 0);
    assert_int_equal(deadband_add(deadband, path, width, NULL), 0);
    assert_int_equal(deadband_apply(deadband, before, after, &quiet), 0);
    expect_text(quiet, expected, now);
    expect_text(after, now, "the input itself");
}

static void a_number_within_the_band_has_not_moved(void **state)
{
    static const struct {
        const char *path, *width, *told, *now, *expected;
    } cases[] = {
        { ".", "0.5", "20", "20.4", "20" },
        { ".", "0.5", "20", "20.5", "20.5" }, // as far as the width counts
        { ".", "0.5", "20", "19.6", "20" },
        { ".", "0.3", "4", "4.3", "4.3" }, // although in binary it is a little less
        { ".", "0.3", "4", "4.29", "4" },
        { ".", "2%", "-50", "-50.9", "-50" },
        { ".", "2 %", "-50", "-51", "-51" },
        { ".", "10%", "0", "0.0001", "0.0001" },
        { ".", "0", "1", "2", "2" },
        { ".", "0.5", "\"20\"", "\"20.4\"", "\"20\"" },
        { ".", "0.5", "20", "\"20.4\"", "\"20.4\"" },
        { ".", "0.5", "null", "1", "1" },
        { ".", "1e3", "9007199254740993", "9007199254740994", "9007199254740993" },
        { ".t", "1", "{\"t\":1,\"u\":1}", "{\"t\":1.5,\"u\":1.5}", "{\"t\":1,\"u\":1.5}" },
        { ".t", "1", "{\"u\":1}", "{\"t\":1.5}", "{\"t\":1.5}" },
        { ".l[].t", "1", "{\"l\":[{\"t\":1},{\"t\":5}]}", "{\"l\":[{\"t\":1.5},{\"t\":7}]}",
          "{\"l\":[{\"t\":1},{\"t\":7}]}" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_band(cases[i].path, cases[i].width, cases[i].told, cases[i].now, cases[i].expected);
    }
}

static void what_is_no_width_is_refused(void **state)
{
    static const char *const bad[] = { "", "%", "-1", "wide", "1%%", "0x10", "1 2" };
    CLEANUP(deadband_freep) struct deadband *deadband = NULL;
    (void)state;
    assert_int_equal(deadband_new(&deadband), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (deadband_add(deadband, ".a", bad[i], NULL) != DEADBAND_E_SYNTAX) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_int_equal(deadband_add(deadband, ".a[", "1", NULL), DEADBAND_E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_by_their_decimal_digits),
        cmocka_unit_test(texts_and_lists_come_into_one_form),
        cmocka_unit_test(only_the_named_places_are_touched),
        cmocka_unit_test(what_is_no_normalization_is_refused),
        cmocka_unit_test(a_number_within_the_band_has_not_moved),
        cmocka_unit_test(what_is_no_width_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
