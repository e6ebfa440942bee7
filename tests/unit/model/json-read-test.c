// What the reader says about broken text, and what it keeps of good text.

#include "tests/unit/expr/json-support.h"

#include "bridge/base/str.h"

static void expect_fault(const char *text, size_t len, int result, unsigned line, unsigned column,
                         const char *message)
{
    struct json_object *value = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    assert_int_equal(json_read(&value, text, len, NULL, &why), result);
    assert_null(value);
    assert_non_null(why);
    assert_string_equal(why->message, message);
    assert_int_equal(why->line, line);
    assert_int_equal(why->column, column);
}

struct fault_case {
    const char *text;
    unsigned line, column;
    const char *message;
};

static void broken_text_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        { "", 1, 1, "the text is empty at ." },
        { "   ", 1, 4, "the text ends too early at ." },
        { "<html>", 1, 1, "expected a value, found '<' at ." },
        { "{\"a\":1,}", 1, 8, "expected a member name in quotes, found '}' at ." },
        { "{'a':1}", 1, 2, "expected a member name in quotes, found ''' at ." },
        { "{\"a\" 1}", 1, 6, "expected ':', found '1' at .a" },
        { "{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}', found '\"' at ." },
        { "[1 2]", 1, 4, "expected ',' or ']', found '2' at ." },
        { "[1,]", 1, 4, "expected a value, found ']' at .[1]" },
        { "{\"items\":[{},{\"id\":tru}]}", 1, 20, "expected a value, found 't' at .items[1].id" },
        { "{\"a b\":{\"c\":nul}}", 1, 13, "expected a value, found 'n' at .[\"a b\"].c" },
        { "{\n  \"a\": 1,\n  \"\u00e4\": x }", 3, 8,
          "expected a value, found 'x' at .[\"\u00e4\"]" },
        { "[\"\u00e4\u00f6\" x", 1, 7, "expected ',' or ']', found 'x' at ." },
        { "[01]", 1, 2, "a number is malformed at .[0]" },
        { "[1.]", 1, 2, "a number is malformed at .[0]" },
        { "[+1]", 1, 2, "expected a value, found '+' at .[0]" },
        { "[NaN]", 1, 2, "expected a value, found 'N' at .[0]" },
        { "[-Infinity]", 1, 2, "a number is malformed at .[0]" },
        { "[\"a\nb\"]", 1, 4, "a string holds a raw control character at .[0]" },
        { "[\"\\x\"]", 1, 3, "a string holds an unknown escape, found '\\' at .[0]" },
        { "[\"abc", 1, 6, "the text ends too early at .[0]" },
        { "[\"abc\\u12", 1, 10, "the text ends too early at .[0]" },
        { "{} {}", 1, 4, "expected the end of the text, found '{' at ." },
        { "[\"\xff\"]", 1, 3, "invalid UTF-8 at .[0]" },
        { "{}\xc3", 1, 3, "invalid UTF-8 at ." },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_fault(cases[i].text, strlen(cases[i].text), JSON_E_SYNTAX, cases[i].line,
                     cases[i].column, cases[i].message);
    }
    expect_fault("[1]\0", 4, JSON_E_SYNTAX, 1, 4, "expected the end of the text at .");
}

static void a_name_twice_in_one_object_is_refused(void **state)
{
    (void)state;
    static const char twice[] = "{\"a\":{\"id\":1,\"x\":2,\"i\\u0064\":3}}";
    expect_fault(twice, strlen(twice), JSON_E_DUPLICATE, 1, 21,
                 "a member name stands twice in one object at .a.[\"i\\u0064\"]");
    AUTO_JSON struct json_object *apart = parse("[{'a':1},{'a':{'a':2}}]");
    assert_json_text(apart, "[{'a':1},{'a':{'a':2}}]");
}

static void a_name_that_cannot_be_kept_is_refused(void **state)
{
    (void)state;
    static const char nul[] = "{\"a\\u0000b\":1}";
    expect_fault(nul, strlen(nul), JSON_E_SYNTAX, 1, 3,
                 "a member name holds the character U+0000, which is not kept at "
                 ".[\"a\\u0000b\"]");
}

static int read_nested(unsigned levels, const char *open, const char *close, unsigned limit)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_JSON struct json_object *value = NULL;
    const struct json_limits limits = { .depth = limit };
    for (unsigned i = 0; i < levels; i++) {
        assert_int_equal(buf_append_str(&text, open), 0);
    }
    assert_int_equal(buf_append_str(&text, "1"), 0);
    for (unsigned i = 0; i < levels; i++) {
        assert_int_equal(buf_append_str(&text, close), 0);
    }
    return json_read(&value, buf_str(&text), text.len, limit ? &limits : NULL, NULL);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    assert_int_equal(read_nested(JSON_DEPTH_MAX, "[", "]", 0), 0);
    assert_int_equal(read_nested(JSON_DEPTH_MAX + 1, "[", "]", 0), JSON_E_LIMIT);
    assert_int_equal(read_nested(JSON_DEPTH_MAX, "{\"a\":", "}", 0), 0);
    assert_int_equal(read_nested(JSON_DEPTH_MAX + 1, "{\"a\":", "}", 0), JSON_E_LIMIT);
    assert_int_equal(read_nested(3, "[", "]", 3), 0);
    assert_int_equal(read_nested(4, "[", "]", 3), JSON_E_LIMIT);
    assert_int_equal(read_nested(1000000, "[", "]", 0), JSON_E_LIMIT);
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    AUTO_BUF struct buf text = { 0 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    struct json_object *value = NULL;
    assert_int_equal(buf_append_str(&text, "{\"x"), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(buf_append_str(&text, "\u00e4"), 0);
    }
    assert_int_equal(buf_append_str(&text, "\":?}"), 0);
    assert_int_equal(json_read(&value, buf_str(&text), text.len, NULL, &why), JSON_E_SYNTAX);
    assert_true(str_is_utf8(why->message, strlen(why->message), NULL));
    assert_true(strlen(why->message) < 160);
}

static void types_are_those_of_json_c(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value =
        parse("[0,-1,9223372036854775807,18446744073709551615,18446744073709551616,-0,1.0,1e2]");
    static const enum json_type types[] = {
        json_type_int,    json_type_int,    json_type_int,    json_type_int,
        json_type_double, json_type_double, json_type_double, json_type_double,
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        assert_int_equal(json_object_get_type(json_object_array_get_idx(value, i)), types[i]);
    }
    assert_true(json_object_get_uint64(json_object_array_get_idx(value, 3)) == UINT64_MAX);
}

static void strings_are_decoded_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
        size_t len;
    } cases[] = {
        { "\"\"", "", 0 },
        { "\"a\\u0000b\"", "a\0b", 3 },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
        { "\"\\u00e4\\u20AC\\ud834\\udd1e\"", "\u00e4\u20ac\U0001d11e", 9 },
        { "\"\\ud834\"", "\ufffd", 3 },
        { "\"\\udd1e\\ud834x\"", "\ufffd\ufffdx", 7 },
        { "\"\\ud834\\ud834\\udd1e\"", "\ufffd\U0001d11e", 7 },
        { "\"\\ud834\\u0041\"", "\ufffdA", 4 },
        { "\"\x7f\u2028\"", "\x7f\u2028", 4 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_JSON struct json_object *value = NULL;
        assert_int_equal(json_read(&value, cases[i].text, strlen(cases[i].text), NULL, NULL), 0);
        assert_int_equal(json_object_get_string_len(value), cases[i].len);
        assert_memory_equal(json_object_get_string(value), cases[i].wanted, cases[i].len);
    }
}

static void a_byte_order_mark_is_skipped_once(void **state)
{
    (void)state;
    AUTO_JSON struct json_object *value = NULL;
    struct json_object *none = NULL;
    assert_int_equal(json_read(&value, "\xef\xbb\xbf[1]", 6, NULL, NULL), 0);
    assert_json_text(value, "[1]");
    assert_int_equal(json_read(&none, "\xef\xbb\xbf\xef\xbb\xbf[1]", 9, NULL, NULL), JSON_E_SYNTAX);
    assert_int_equal(json_read(&none, "\xef\xbb\xbf", 3, NULL, NULL), JSON_E_SYNTAX);
    assert_int_equal(json_read(&none, NULL, 0, NULL, NULL), JSON_E_SYNTAX);
}

static void null_is_read_as_json_c_means_it(void **state)
{
    (void)state;
    int marker;
    struct json_object *value = (struct json_object *)(void *)&marker;
    assert_int_equal(json_read(&value, " null ", 6, NULL, NULL), 0);
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_text_is_told_with_its_place),
        cmocka_unit_test(a_name_twice_in_one_object_is_refused),
        cmocka_unit_test(a_name_that_cannot_be_kept_is_refused),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(types_are_those_of_json_c),
        cmocka_unit_test(strings_are_decoded_exactly),
        cmocka_unit_test(a_byte_order_mark_is_skipped_once),
        cmocka_unit_test(null_is_read_as_json_c_means_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
