// Plain text as lines.

#include "tests/unit/sources/decode-cases.h"

static const struct decode_settings settings = { .format = FORMAT_TEXT };

static void lines_end_with_any_line_end(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("a\nb\n"), NULL, "[\"a\",\"b\"]" },
        { NULL, LITERAL("a\r\nb"), NULL, "[\"a\",\"b\"]" },
        { NULL, LITERAL("a\n\n b \n"), NULL, "[\"a\",\"\",\" b \"]" },
        { NULL, LITERAL("\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F"), NULL, "[\"gr\xC3\xBC\xC3\x9F\"]" },
        { NULL, LITERAL("{\"a\":1}"), NULL, "[\"{\\\"a\\\":1}\"]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("a\0b"), "binary_answer", "line 1" },
        { NULL, LITERAL("a\nb\xFF"), "charset", "line 2" },
        { NULL, LITERAL(" \n"), "empty_answer", NULL },
        { "text/plain", LITERAL("\r\n<!DOCTYPE html><title>Log in"), "content_type", "HTML page" },
        { "text/plain", LITERAL("<HTML>Log in"), "content_type", "HTML page" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

// A server that calls everything HTML is no reason against what the configuration says.
static void the_body_counts_more_than_its_type(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/html", LITERAL("closed from 10 to 12"), NULL, "[\"closed from 10 to 12\"]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void plain_text_is_text_unless_it_is_data(void **state)
{
    (void)state;
    static const struct decode_settings automatic = { .format = FORMAT_AUTO };
    static const struct decode_case cases[] = {
        { "text/plain", LITERAL("one\ntwo"), NULL, "[\"one\",\"two\"]" },
        { "text/plain; charset=iso-8859-1", LITERAL("caf\xE9"), NULL, "[\"caf\xC3\xA9\"]" },
        { "text/plain", LITERAL("{\"a\":1}"), NULL, "{\"a\":1}" },
        { "text/plain", LITERAL(" [1]"), NULL, "[1]" },
        { "text/plain", LITERAL("12.50\n"), NULL, "12.50" },
        { "text/plain", LITERAL("{oops"), "json_syntax", NULL },
        { "text/plain", LITERAL("<a>1</a>"), NULL, "{\"a\":\"1\"}" },
        { "text/plain", LITERAL("<html>"), "content_type", "HTML page" },
        { "text/plain", LITERAL(""), "empty_answer", NULL },
        // Without a word of the server it is no text.
        { NULL, LITERAL("one\ntwo"), "json_syntax", NULL },
        { "application/octet-stream", LITERAL("one"), "json_syntax", NULL },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

static void charsets_are_read_by_every_sign(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/plain; charset=ISO-8859-15", LITERAL("5 \xA4"), NULL, "[\"5 \xE2\x82\xAC\"]" },
        { "text/plain; charset=\"windows-1251\"", LITERAL("\xCF\xF0\xE8"), NULL,
          "[\"\xD0\x9F\xD1\x80\xD0\xB8\"]" },
        { "text/plain; charset=Shift_JIS", LITERAL("\x93\xFA\x96\x7B"), NULL,
          "[\"\xE6\x97\xA5\xE6\x9C\xAC\"]" },
        { "text/plain; charset=gbk", LITERAL("\xC4\xE3"), NULL, "[\"\xE4\xBD\xA0\"]" },
        { "text/plain; charset=iso-8859-1", LITERAL("\x80"), NULL, "[\"\xE2\x82\xAC\"]" },
        // The mark stands above the header.
        { "text/plain; charset=iso-8859-1",
          LITERAL("\xFF\xFE"
                  "a\0\xAC\x20"),
          NULL, "[\"a\xE2\x82\xAC\"]" },
        { NULL, LITERAL("\xFE\xFF\0a\0\n\0b"), NULL, "[\"a\",\"b\"]" },
        { "text/plain; charset=utf-16le", LITERAL("a\0"), NULL, "[\"a\"]" },
        { "text/plain; charset=utf-8", LITERAL("\xE9"), "charset", "UTF-8" },
        { "text/plain; charset=windows-1252", LITERAL("a\x81"), "charset", "byte 1" },
        { "text/plain; charset=utf-16le", LITERAL("a\0b"), "charset", NULL },
        { "text/plain; charset=iso-2022-cn-ext", LITERAL("a"), "charset", "iso-2022-cn-ext" },
        { "text/plain; charset=UTF-8//IGNORE", LITERAL("a"), NULL, "[\"a\"]" },
        { "text/plain; charset=../../evil", LITERAL("a"), "charset", "not known" },
        { "text/plain; charset=utf-7", LITERAL("a"), "charset", NULL },
        { "text/plain; charset=", LITERAL("a"), NULL, "[\"a\"]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void the_configured_charset_stands_above_the_header(void **state)
{
    (void)state;
    char charset[] = "windows-1250";
    const struct decode_settings set = { .format = FORMAT_TEXT, .charset = charset };
    static const struct decode_case cases[] = {
        { "text/plain; charset=utf-8", LITERAL("\xF8"), NULL, "[\"\xC5\x99\"]" },
        { NULL, LITERAL("\xEF\xBB\xBF\xC5\x99"), NULL, "[\"\xC5\x99\"]" },
    };
    decode_check(&set, cases, ARRAY_LEN(cases));
}

static void lines_have_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *body = decode_repeat("x", "\n", DECODE_VALUES_MAX + 1, "");
    decode_refuses(&settings, body, "answer_limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_any_line_end),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(the_body_counts_more_than_its_type),
        cmocka_unit_test(plain_text_is_text_unless_it_is_data),
        cmocka_unit_test(charsets_are_read_by_every_sign),
        cmocka_unit_test(the_configured_charset_stands_above_the_header),
        cmocka_unit_test(lines_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
