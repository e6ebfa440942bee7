// Equality by meaning, and the two things that must agree with it: fingerprint and canonical text.

#include "tests/unit/expr/json-support.h"

#include "bridge/base/str.h"

static bool same_canonical(struct json_object *a, struct json_object *b)
{
    AUTO_BUF struct buf a_text = { 0 };
    AUTO_BUF struct buf b_text = { 0 };
    assert_int_equal(json_write_canonical(&a_text, a), 0);
    assert_int_equal(json_write_canonical(&b_text, b), 0);
    return str_eq(buf_str(&a_text), buf_str(&b_text));
}

static void expect(const char *a_text, const char *b_text, bool equal)
{
    AUTO_JSON struct json_object *a = parse(a_text);
    AUTO_JSON struct json_object *b = parse(b_text);
    if (json_equal(a, b) != equal || json_equal(b, a) != equal ||
        hash128_eq(json_fingerprint(a), json_fingerprint(b)) != equal ||
        same_canonical(a, b) != equal) {
        fail_msg("%s and %s", a_text, b_text);
    }
}

static void what_means_the_same_is_equal(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "1", "1.0" },
        { "1", "1e0" },
        { "0", "-0" },
        { "-0.0", "0e7" },
        { "100", "1E+2" },
        { "12345678901234567890123", "12345678901234567890123.000" },
        { "18446744073709551615", "18446744073709551615.0" },
        { "-9223372036854775808", "-9223372036854775808e0" },
        { "{'a':1,'b':[1,{'c':2,'d':3}]}", "{'b':[1.0,{'d':3,'c':2e0}],'a':1}" },
        { "'\\u00e4'", "'\u00e4'" },
        { "'\\/'", "'/'" },
        { "[]", "[ ]" },
        { "null", "null" },
        { "{'\\u0061':1}", "{'a':1}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        expect(pairs[i][0], pairs[i][1], true);
    }
}

// All of them against each other: none equals another.
static void what_differs_is_not_equal(void **state)
{
    (void)state;
    static const char *const values[] = {
        "null",
        "false",
        "true",
        "0",
        "1",
        "-1",
        "'1'",
        "'1.0'",
        "''",
        "'null'",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[{}]",
        "{'':null}",
        "[1,2]",
        "[2,1]",
        "[[1],2]",
        "[1,[2]]",
        "{'a':1}",
        "{'a':'1'}",
        "{'a':null}",
        "{'A':1}",
        "{'a':1,'b':2}",
        "{'a':2,'b':1}",
        "{'a':{'b':1}}",
        "{'b':{'a':1}}",
        "9007199254740992",
        "9007199254740993",
        "12345678901234567890",
        "12345678901234567891",
        "123456789012345678901234567890",
        "123456789012345678901234567891",
        "0.1",
        "0.1000000000000000055511151231257827",
        "1e400",
        "1e401",
        "-1e400",
        "'\u00e9'",
        "'e\u0301'", // another form of the same character is another text
        "'a\\u0000'",
        "'a\\u0000b'",
        "'a'",
    };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        for (size_t j = 0; j < ARRAY_LEN(values); j++) {
            expect(values[i], values[j], i == j);
        }
    }
}

// Sums of member hashes must not cancel out between nested objects.
static void swapped_members_change_the_fingerprint(void **state)
{
    (void)state;
    expect("{'a':{'x':1,'y':2},'b':{'x':3,'y':4}}", "{'a':{'x':3,'y':4},'b':{'x':1,'y':2}}", false);
    expect("{'a':{'x':1,'y':2},'b':{'x':3,'y':4}}", "{'a':{'x':1,'y':4},'b':{'x':3,'y':2}}", false);
    expect("[{'a':1},{'a':2}]", "[{'a':2},{'a':1}]", false);
    expect("{'a':[1,2],'b':[]}", "{'a':[1],'b':[2]}", false);
}

static void what_json_does_not_know_counts_as_null(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *nan = json_object_new_double(strtod("nan", NULL));
    AUTO_JSON struct json_object *infinity = json_object_new_double(strtod("-inf", NULL));
    assert_true(json_equal(nan, NULL));
    assert_true(json_equal(infinity, nan));
    assert_true(hash128_eq(json_fingerprint(nan), json_fingerprint(NULL)));
    assert_json_text(nan, "null");
}

static void trees_made_by_json_c_itself_compare_too(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *third = json_object_new_double(0.25);
    AUTO_JSON struct json_object *read = parse("2.5e-1");
    assert_true(json_equal(third, read));
    assert_true(hash128_eq(json_fingerprint(third), json_fingerprint(read)));
    AUTO_JSON struct json_object *large = json_object_new_uint64(UINT64_MAX);
    AUTO_JSON struct json_object *text = parse("18446744073709551615");
    assert_true(json_equal(large, text));
    AUTO_JSON struct json_object *least = json_object_new_int64(INT64_MIN);
    AUTO_JSON struct json_object *least_read = parse("-9223372036854775808.0");
    assert_true(json_equal(least, least_read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_means_the_same_is_equal),
        cmocka_unit_test(what_differs_is_not_equal),
        cmocka_unit_test(swapped_members_change_the_fingerprint),
        cmocka_unit_test(what_json_does_not_know_counts_as_null),
        cmocka_unit_test(trees_made_by_json_c_itself_compare_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
