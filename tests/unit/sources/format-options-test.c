// The options that say how an answer is read.

#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "sources/http.h"
#include "tests/unit/sources/support.h"

static void options_of_formats_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *refusal; // how it begins; NULL: none
        const char *words;
    } cases[] = {
        { "format: feed", NULL, NULL },
        { "format: html", "missing_key 1:", "xpath" },
        { "format: html\nxpath: //tr", NULL, NULL },
        { "xpath: //tr", NULL, NULL },
        { "format: json\nxpath: //tr", "conflict 2:", "format: html" },
        { "xpath: \"//tr[\"", "bad_expression 1:", "//tr[" },
        { "xpath: //no:tr", "bad_expression 1:", NULL },
        { "charset: Windows-1252", NULL, NULL },
        { "charset: utf-99", "bad_name 1:", "iso-8859-1" },
        { "charset: UTF-8//IGNORE", "bad_name 1:", NULL },
        { "csv: { delimiter: \";\", header: false }", NULL, NULL },
        { "csv: { delimiter: \"\\t\" }", NULL, NULL },
        { "csv: { delimiter: \";;\" }", "bad_text 1:", "one ASCII character" },
        { "csv: { delimiter: \"\" }", "bad_text 1:", NULL },
        { "csv: { delimiter: '\"' }", "bad_text 1:", NULL },
        { "csv: { delimiter: \"\\n\" }", "bad_text 1:", NULL },
        { "csv: { delimiter: é }", "bad_text 1:", NULL },
        { "xml: { lists: [item, \"a:b\"] }", NULL, NULL },
        { "xml: { list: [item] }", "unknown_key 1:", "lists" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *words = support_source_refusal(cases[i].keys);
        bool good = cases[i].refusal ? str_starts(words, cases[i].refusal) : str_is_empty(words);
        if (!good || (cases[i].words && !strstr(words, cases[i].words))) {
            fail_msg("%s: \"%s\"", cases[i].keys, words);
        }
    }
}

static void options_of_formats_arrive(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *content_type;
        const char *body;
        const char *json;
    } cases[] = {
        { "", "text/csv", "a\n1\n", "[{\"a\":\"1\"}]" },
        { "format: csv\ncsv: { header: false, delimiter: \";\" }", NULL, "1;2\n",
          "[[\"1\",\"2\"]]" },
        { "xml: { lists: b }", "text/xml", "<a><b/></a>", "{\"a\":{\"b\":[null]}}" },
        { "xpath: //p/text()", "text/html", "<p>x", "[{\"text\":\"x\"}]" },
        { "xpath: //q\nallow_empty: true", "text/html", "<p>x", "[]" },
        { "format: text\ncharset: cp1252", NULL, "\x80", "[\"\xE2\x82\xAC\"]" },
        { "format: json\ncharset: utf-8", "application/json; charset=iso-8859-1", "[\"\xC3\xA9\"]",
          "[\"\xC3\xA9\"]" },
        { "charset: iso-8859-1", "application/json", "[\"\xE9\"]", "[\"\xC3\xA9\"]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_source(cases[i].keys);
        const struct source_settings *source = &settings->sources[0];
        struct problem AUTO_PROBLEM *why = NULL;
        AUTO_JSON struct json_object *value = NULL;
        AUTO_BUF struct buf text = { 0 };
        struct http_response AUTO_RESPONSE response =
            support_answer(200, cases[i].content_type, cases[i].body);
        int r = source->driver->decode(source->driver_settings, &response, &value, &why);
        if (r != 0) {
            fail_msg("%s: %s", cases[i].keys, why ? why->message : "no words");
        }
        assert_int_equal(json_write(&text, value), 0);
        assert_string_equal(buf_str(&text), cases[i].json);
    }
}

// A server that has several forms of an answer is told which one is read.
static void a_request_asks_for_its_format(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        const char *accept; // its beginning
    } cases[] = {
        { "format: json", "application/json, " },
        { "format: xml", "application/xml, " },
        { "format: feed", "application/atom+xml, " },
        { "format: csv", "text/csv, " },
        { "format: text", "text/plain, " },
        { "format: ndjson", "application/x-ndjson, " },
        { "xpath: //p", "text/html, " },
        { "format: csv\nheaders: { accept: x/y }", "x/y" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct settings AUTO_SETTINGS *settings = support_source(cases[i].keys);
        struct http_request AUTO_REQUEST request = support_request(settings);
        assert_true(str_starts(support_shown(&request, "Accept"), cases[i].accept));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_formats_are_checked),
        cmocka_unit_test(options_of_formats_arrive),
        cmocka_unit_test(a_request_asks_for_its_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
