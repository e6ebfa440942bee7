// JSON values, one a line.

#include "tests/unit/sources/decode-cases.h"

static const struct decode_settings settings = { .format = FORMAT_NDJSON };

static void lines_become_an_array(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("{\"a\":1}\n{\"a\":2}\n"), NULL, "[{\"a\":1},{\"a\":2}]" },
        { NULL, LITERAL("{\"a\":1}\r\n\r\n  \t\r\n{\"a\":2}"), NULL, "[{\"a\":1},{\"a\":2}]" },
        { NULL, LITERAL("\xEF\xBB\xBF[1.10]\nnull\n\"x\""), NULL, "[[1.10],null,\"x\"]" },
        { NULL, LITERAL("12345678901234567890123\n"), NULL, "[12345678901234567890123]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void its_types_are_known(void **state)
{
    (void)state;
    static const struct decode_settings automatic = { .format = FORMAT_AUTO };
    static const struct decode_case cases[] = {
        { "application/x-ndjson", LITERAL("{}\n{}"), NULL, "[{},{}]" },
        { "application/jsonl; charset=utf-8", LITERAL("{}"), NULL, "[{}]" },
        { "application/json", LITERAL("{}\n{}"), "json_syntax", NULL },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

static void a_bad_line_is_named(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("{}\n\n{\"a\":[1,}\n"), "json_syntax", "line 3: " },
        { NULL, LITERAL("{}\n{\"a\":1"), "json_syntax", "line 2: " }, // cut off
        { NULL, LITERAL("{\"a\":1,\"a\":2}"), "json_duplicate", "line 1: " },
        { NULL, LITERAL("{}\n{\"a\":\"\xE9\"}"), "charset", "line 2" },
        { NULL, LITERAL("{}\n\0{}"), "binary_answer", "line 2" },
        { "text/html", LITERAL("<html>Log in"), "content_type", "HTML page" },
        { NULL, LITERAL(""), "empty_answer", NULL },
        { NULL, LITERAL(" \r\n\n"), "empty_answer", NULL },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void nothing_is_an_empty_list_where_that_is_allowed(void **state)
{
    (void)state;
    static const struct decode_settings lenient = { .format = FORMAT_NDJSON, .allow_empty = true };
    static const struct decode_case cases[] = {
        { NULL, LITERAL(""), NULL, "[]" },
        { NULL, LITERAL("\n\n"), NULL, "[]" },
        { NULL, LITERAL("x"), "json_syntax", NULL },
    };
    decode_check(&lenient, cases, ARRAY_LEN(cases));
}

// The array around the lines is a level too.
static void depth_has_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *fits = decode_repeat("", "[", JSON_DEPTH_MAX - 1, "");
    AUTO_FREE char *closed = decode_repeat(fits, "]", JSON_DEPTH_MAX - 1, "");
    AUTO_FREE char *text = decoded_text(&settings, NULL, closed, strlen(closed));
    assert_non_null(strstr(text, "[[["));
    AUTO_FREE char *deep = decode_repeat("[", "[", JSON_DEPTH_MAX - 1, "");
    AUTO_FREE char *deep_closed = decode_repeat(deep, "]", JSON_DEPTH_MAX, "");
    decode_refuses(&settings, deep_closed, "json_limit");
}

static void lines_have_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *body = decode_repeat("", "1\n", DECODE_VALUES_MAX + 1, "");
    decode_refuses(&settings, body, "answer_limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_an_array),
        cmocka_unit_test(its_types_are_known),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(nothing_is_an_empty_list_where_that_is_allowed),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(lines_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
