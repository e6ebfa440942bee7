// Which answers are JSON, and what is said about those that are not.

#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "tests/unit/sources/support.h"

#define LITERAL(text) (text), sizeof(text) - 1

struct answer {
    const char *content_type; // NULL: none
    const char *body;
    size_t len;
    const char *code;  // NULL: it is JSON
    const char *words; // a part of the message, or the JSON that was read; NULL: any
};

static void check_answer(const struct settings *settings, const struct answer *answer)
{
    struct problem AUTO_PROBLEM *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    const struct source_settings *source = &settings->sources[0];
    struct http_response AUTO_RESPONSE response =
        support_answer_bytes(answer->content_type, answer->body, answer->len);
    int r = source->driver->decode(source->driver_settings, &response, &value, &why);
    if (r != (answer->code ? SOURCE_E_BAD_ANSWER : 0) ||
        !str_eq(why ? why->code : NULL, answer->code)) {
        fail_msg("%s, %s: %d, %s", answer->content_type ? answer->content_type : "no type",
                 answer->body, r, why ? why->message : "no words");
    }
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(r ? 0 : json_write(&text, value), 0);
    const char *words = r ? why->message : buf_str(&text);
    if (answer->words && !strstr(words, answer->words)) {
        fail_msg("%s: \"%s\" lacks \"%s\"", answer->body, words, answer->words);
    }
    assert_true(r == 0 || value == NULL);
}

static void check_answers(const char *keys, const struct answer *answers, size_t n)
{
    struct settings AUTO_SETTINGS *settings = support_source(keys);
    for (size_t i = 0; i < n; i++) {
        check_answer(settings, &answers[i]);
    }
}

static void types_of_json_are_known(void **state)
{
    (void)state;
    static const char *const types[] = {
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "APPLICATION/JSON",
        "application/json , application/json",
        "text/json",
        "application/vnd.github+json",
        "application/geo+json; charset=utf-8",
        "application/problem+JSON",
        "application/x-json",
        "text/javascript",
        "application/json; charset=us-ascii",
        // Servers that do not care.
        "text/plain",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "",
        NULL,
    };
    struct settings AUTO_SETTINGS *settings = support_source("");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        check_answer(settings,
                     &(struct answer){ types[i], LITERAL("{\"a\":1}"), NULL, "{\"a\":1}" });
    }
}

static void other_types_are_no_json(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { "text/html", LITERAL("<html>Log in</html>"), "content_type", "HTML page" },
        { "text/html; charset=utf-8", LITERAL("{}"), "content_type", "HTML page" },
        { "Text/HTML", LITERAL("{}"), "content_type", "HTML page" },
        { "application/xhtml+xml", LITERAL("{}"), "content_type", "HTML page" },
        { "application/xml", LITERAL("{}"), "xml_syntax", "no well-formed XML" },
        { "image/png; a=b", LITERAL("{}"), "content_type", "the answer is image/png, not JSON" },
        { "image/svg", LITERAL("{}\n{}"), "content_type", "format: json" },
        { "+json", LITERAL("{}"), "content_type", NULL },
        { "application/jsonp", LITERAL("{}"), "content_type", NULL },
        { "x-application/json", LITERAL("{}"), "content_type", NULL },
    };
    check_answers("", answers, ARRAY_LEN(answers));
}

// Errors at 200 that the server calls JSON, text or nothing at all.
static void a_page_under_another_type_is_named_too(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { NULL, LITERAL("<html><body>Log in"), "content_type", "HTML" },
        { "application/json", LITERAL("\r\n <!DOCTYPE html>"), "content_type", "HTML" },
        { "application/json", LITERAL("\xEF\xBB\xBF<?xml?>"), "content_type", "HTML or XML" },
    };
    check_answers("", answers, ARRAY_LEN(answers));
    check_answers("format: json", answers, ARRAY_LEN(answers));
}

static void a_format_stands_above_the_type(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { "application/xml", LITERAL("{\"a\":1}"), NULL, "{\"a\":1}" },
        { "image/png", LITERAL("[]"), NULL, "[]" },
        { "text/html", LITERAL("{}"), "content_type", "HTML page" },
    };
    check_answers("format: json", answers, ARRAY_LEN(answers));
}

static void charsets_are_utf8(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { "application/json", LITERAL("\xEF\xBB\xBF{\"a\":\"\xC3\xA9\"}"), NULL,
          "{\"a\":\"\xC3\xA9\"}" },
        { "application/json; charset=iso-8859-1", LITERAL("{}"), "charset", "iso-8859-1" },
        { "text/plain; charset=\"utf-16le\"; x=y", LITERAL("{}"), "charset", "is utf-16le;" },
        { "application/json; charset=", LITERAL("{}"), "charset", NULL },
        { "application/json", LITERAL("{\"a\":\"\xE9\"}"), "json_syntax", ".a" },
        { "application/json", LITERAL("\xFF\xFE{\0}\0"), "json_syntax", NULL },
        { "application/json", LITERAL("\xEF\xBB\xBF\xEF\xBB\xBF{}"), "json_syntax", NULL },
    };
    check_answers("", answers, ARRAY_LEN(answers));
}

static void an_empty_answer_is_called_empty(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { "application/json", LITERAL(""), "empty_answer", "empty" },
        { NULL, LITERAL(" \r\n\t"), "empty_answer", "empty" },
        { NULL, LITERAL("\xEF\xBB\xBF\n"), "empty_answer", "empty" },
        { NULL, LITERAL("\0\0"), "json_syntax", NULL },
        { NULL, LITERAL("null"), NULL, "null" },
        { NULL, LITERAL("{}"), NULL, "{}" },
    };
    check_answers("", answers, ARRAY_LEN(answers));
}

static void hostile_json_fails_with_its_place(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { NULL, LITERAL("{\"items\":[{\"id\":1},{\"id\":NaN}]}"), "json_syntax", ".items[1].id" },
        { NULL, LITERAL("{\"a\":1,\"a\":2}"), "json_duplicate", "twice in one object at .a" },
        { NULL, LITERAL("{\"a\":{\"b c\":1,\"b\\u0020c\":2}}"), "json_duplicate", ".a" },
        { NULL, LITERAL("{\"a\":[1,2"), "json_syntax", ".a" },
        { NULL, LITERAL("{} {}"), "json_syntax", NULL },
        { NULL, LITERAL("{\"a\":Infinity}"), "json_syntax", ".a" },
        { NULL, LITERAL("{\"a\":\"x\0y\"}"), "json_syntax", ".a" },
        { NULL, LITERAL("{}\0"), "json_syntax", NULL },
        { NULL, LITERAL("{a:1}"), "json_syntax", NULL },
        { NULL, LITERAL("{'a':1}"), "json_syntax", NULL },
        { NULL, LITERAL("[1,]"), "json_syntax", NULL },
        { NULL, LITERAL("[01]"), "json_syntax", NULL },
        { NULL, LITERAL("callback({})"), "json_syntax", NULL },
        { NULL, LITERAL(")]}',\n{}"), "json_syntax", NULL },
    };
    check_answers("", answers, ARRAY_LEN(answers));
}

static void a_fault_has_line_and_column(void **state)
{
    (void)state;
    struct settings AUTO_SETTINGS *settings = support_source("");
    const struct source_settings *source = &settings->sources[0];
    struct problem AUTO_PROBLEM *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    struct http_response AUTO_RESPONSE response = support_answer(200, NULL, "{\n  \"a\": tru\n}");
    assert_int_equal(source->driver->decode(source->driver_settings, &response, &value, &why),
                     SOURCE_E_BAD_ANSWER);
    assert_int_equal(why->line, 2);
    assert_int_equal(why->column, 8);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char body[2 * JSON_DEPTH_MAX + 3];
    struct settings AUTO_SETTINGS *settings = support_source("");
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(body, '[', depth);
        memset(body + depth, ']', depth);
        body[2 * depth] = '\0';
        bool too_deep = depth > JSON_DEPTH_MAX;
        check_answer(settings, &(struct answer){ NULL, body, 2 * depth,
                                                 too_deep ? "json_limit" : NULL, NULL });
    }
}

static void numbers_keep_their_digits(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        { NULL, LITERAL("[9007199254740993,123456789012345678901234567890,1.10,1e5]"), NULL,
          "[9007199254740993,123456789012345678901234567890,1.10,1e5]" },
    };
    check_answers("", answers, ARRAY_LEN(answers));
}

// The type comes from the server: a long one does not fill the log.
static void a_long_type_is_cut(void **state)
{
    (void)state;
    char type[5000];
    memset(type, 'x', sizeof(type) - 1);
    type[sizeof(type) - 1] = '\0';
    AUTO_FREE char *charset = str_printf("application/json; charset=%s", type);
    const char *const types[] = { type, charset };
    struct settings AUTO_SETTINGS *settings = support_source("");
    const struct source_settings *source = &settings->sources[0];
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct problem AUTO_PROBLEM *why = NULL;
        AUTO_JSON struct json_object *value = NULL;
        struct http_response AUTO_RESPONSE response = support_answer(200, types[i], "{}");
        assert_int_equal(source->driver->decode(source->driver_settings, &response, &value, &why),
                         SOURCE_E_BAD_ANSWER);
        assert_true(strlen(why->message) < 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_of_json_are_known),
        cmocka_unit_test(other_types_are_no_json),
        cmocka_unit_test(a_page_under_another_type_is_named_too),
        cmocka_unit_test(a_format_stands_above_the_type),
        cmocka_unit_test(charsets_are_utf8),
        cmocka_unit_test(an_empty_answer_is_called_empty),
        cmocka_unit_test(hostile_json_fails_with_its_place),
        cmocka_unit_test(a_fault_has_line_and_column),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(a_long_type_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
