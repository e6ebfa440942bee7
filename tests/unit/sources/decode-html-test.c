// Nodes of a page, by XPath.

#include <json-c/json.h>

#include "sources/decode/html.h"
#include "tests/unit/sources/decode-cases.h"

static char *copy(const char *text)
{
    char *dup = strdup(text);
    assert_non_null(dup);
    return dup;
}

static void check_xpath(const char *xpath, const struct decode_case *it)
{
    AUTO_FREE char *text = copy(xpath);
    const struct decode_settings by_name = { .format = FORMAT_HTML, .xpath = text };
    const struct decode_settings by_type = { .format = FORMAT_AUTO, .xpath = text };
    decode_check(&by_name, it, 1);
    decode_check(&by_type, it, 1);
}

static const char page[] =
    "<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body>"
    "<h1 class='big' id=top>Closed&nbsp;&amp; <b>shut</b></h1>"
    "<table><tr><td>a</td><td>1</td></tr><tr><td>b<br>c</td><td>2</td></tr></table>"
    "<p>one<script>var x = '<p>two</p>';</script> <a href='/x?a=1&b=2'>link</a>s</p>"
    "<ul><li>x<li>y</ul></body></html>";

static void an_xpath_selects_nodes(void **state)
{
    (void)state;
    static const struct {
        const char *xpath;
        const char *json;
    } cases[] = {
        { "//h1", "[{\"text\":\"Closed & shut\",\"html\":\"Closed\xC2\xA0&amp; "
                  "<b>shut</b>\",\"attributes\":{"
                  "\"class\":\"big\",\"id\":\"top\"}}]" },
        { "//li", "[{\"text\":\"x\",\"attributes\":{}},{\"text\":\"y\",\"attributes\":{}}]" },
        { "//tr",
          "[{\"text\":\"a 1\",\"html\":\"<td>a</td><td>1</td>\",\"attributes\":{}},{\"text\":"
          "\"b c 2\",\"html\":\"<td>b<br>c</td><td>2</td>\",\"attributes\":{}}]" },
        { "//a/@href", "[{\"text\":\"/x?a=1&b=2\"}]" },
        { "//title/text()", "[{\"text\":\"T\"}]" },
        { "//p", "[{\"text\":\"one links\",\"html\":\"one<script>var x = '<p>two</p>';</script> "
                 "<a href=\\\"/x?a=1&amp;b=2\\\">link</a>s\",\"attributes\":{}}]" },
        { "//script", "[{\"text\":\"var x = '<p>two</p>';\",\"attributes\":{}}]" },
        { "count(//tr)", "[{\"text\":\"2\"}]" },
        { "string(//td[2])", "[{\"text\":\"1\"}]" },
        { "//td = '2'", "[{\"text\":\"true\"}]" },
        { "//td[2] | //title", "[{\"text\":\"T\",\"attributes\":{}},{\"text\":\"1\","
                               "\"attributes\":{}},{\"text\":\"2\",\"attributes\":{}}]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_xpath(cases[i].xpath, &(struct decode_case){ "text/html", page, sizeof(page) - 1,
                                                           NULL, cases[i].json });
    }
}

static void pages_are_taken_as_they_come(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("<html><p>a<p>b</div></html>"), NULL,
          "[{\"text\":\"a\",\"attributes\":{}},{\"text\":\"b\",\"attributes\":{}}]" },
        { "text/html", LITERAL("<p id=1 id=2 x>a &unknown; &lt;"), NULL,
          "[{\"text\":\"a &unknown; <\",\"attributes\":{\"id\":\"1\",\"x\":\"\"}}]" },
        { "application/xhtml+xml",
          LITERAL(
              "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><p>a</p></html>"),
          NULL, "[{\"text\":\"a\",\"attributes\":{}}]" },
        { "text/html", LITERAL("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e;</p>"),
          NULL, NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_xpath("//p", &cases[i]);
    }
}

static void white_space_is_that_of_a_reader(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/html",
          LITERAL("<p>\n  a \t b\r\n<i>c</i>d\xC2\xA0\xC2\xA0"
                  "e </p>"),
          NULL,
          "[{\"text\":\"a b cd e\",\"html\":\"\\n  a \\t b\\r\\n<i>c</i>d\xC2\xA0\xC2\xA0"
          "e \","
          "\"attributes\":{}}]" },
        { "text/html", LITERAL("<p>\xC3\xA9\xC2\xB0<br>x<img>y</p>"), NULL,
          "[{\"text\":\"\xC3\xA9\xC2\xB0 x y\",\"html\":\"\xC3\xA9\xC2\xB0<br>x<img>y\","
          "\"attributes\":{}}]" },
        { "text/html", LITERAL("<p> \n</p>"), NULL, "[{\"text\":\"\",\"attributes\":{}}]" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_xpath("//p", &cases[i]);
    }
}

static void charsets_are_read_by_every_sign(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/html", LITERAL("<meta charset=iso-8859-1><p>\xE9</p>"), NULL,
          "[{\"text\":\"\xC3\xA9\",\"attributes\":{}}]" },
        { "text/html",
          LITERAL("<META http-equiv=Content-Type content='text/html; charset=koi8-r'><p>\xC1</p>"),
          NULL, "[{\"text\":\"\xD0\xB0\",\"attributes\":{}}]" },
        { "text/html; charset=utf-8", LITERAL("<meta charset=iso-8859-1><p>\xC3\xA9</p>"), NULL,
          "[{\"text\":\"\xC3\xA9\",\"attributes\":{}}]" },
        { "text/html", LITERAL("<meta charset=utf-16><p>\xC3\xA9</p>"), NULL,
          "[{\"text\":\"\xC3\xA9\",\"attributes\":{}}]" },
        { "text/html", LITERAL("<p>\xE9</p>"), "charset", "byte 3" },
        { "text/html", LITERAL("<p>\0</p>"), "binary_answer", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_xpath("//p", &cases[i]);
    }
}

static void an_xpath_that_finds_nothing_is_a_failure(void **state)
{
    (void)state;
    static const char *const xpaths[] = { "//table", "//p/@x", "string(//table)" };
    static const struct decode_case nothing = { "text/html", LITERAL("<p>Log in</p>"),
                                                "selector_found_nothing", "found nothing" };
    static const struct decode_case empty = { "text/html", LITERAL("<p>Log in</p>"), NULL, "[]" };
    for (size_t i = 0; i < ARRAY_LEN(xpaths); i++) {
        AUTO_FREE char *xpath = copy(xpaths[i]);
        const struct decode_settings lenient = { .xpath = xpath, .allow_empty = true };
        check_xpath(xpaths[i], &nothing);
        decode_check(&lenient, &empty, 1);
    }
}

static void what_is_no_page_is_refused(void **state)
{
    (void)state;
    AUTO_FREE char *xpath = copy("//p");
    const struct decode_settings automatic = { .xpath = xpath };
    static const struct decode_case cases[] = {
        { "application/json", LITERAL("{}"), "content_type", "JSON, not the HTML page" },
        { "text/plain", LITERAL("hello"), "content_type", "text, not the HTML page" },
        { "text/html", LITERAL(" "), "empty_answer", NULL },
        { "image/png", LITERAL("\x89PNG"), "content_type", "image/png" },
    };
    static const struct decode_settings without = { .format = FORMAT_AUTO };
    static const struct decode_case pages[] = {
        { "text/html", LITERAL("<p>x"), "content_type", "xpath" },
        { NULL, LITERAL("<!-- x --><!DOCTYPE html><p>x"), "content_type", "HTML page" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
    decode_check(&without, pages, ARRAY_LEN(pages));
}

static void an_xpath_is_checked_beforehand(void **state)
{
    (void)state;
    static const char *const good[] = { "//a", "//a[@b='c']/text()", "count(//a) > 1",
                                        "//td[contains(., 'x')][last()]" };
    static const char *const bad[] = { "//x:p", "document('f')", "count(1)", "",
                                       "//",    "//a[",          "a b",      "//a]" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(html_check_xpath(good[i], NULL), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(problem_freep) struct problem *why = NULL;
        assert_true(html_check_xpath(bad[i], &why) < 0);
        assert_non_null(why);
    }
}

static void functions_that_are_unknown_fail(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { "text/html", LITERAL("<p>x"), "selector_failed", "cannot be evaluated" },
    };
    check_xpath("document('file:///etc/passwd')", &cases[0]);
    check_xpath("//x:p", &cases[0]);
}

static void refuses(const char *xpath, const char *body, const char *code)
{
    AUTO_FREE char *text = copy(xpath);
    const struct decode_settings settings = { .format = FORMAT_HTML, .xpath = text };
    decode_refuses(&settings, body, code);
}

static void floods_are_stopped(void **state)
{
    (void)state;
    AUTO_FREE char *attributes = decode_repeat("<p", " a%zu", 1000000, ">x");
    AUTO_FREE char *deep = decode_repeat("", "<div>", 1000000, "");
    AUTO_FREE char *many = decode_repeat("", "<b></b>", DECODE_VALUES_MAX, "");
    AUTO_FREE char *names = decode_repeat("", "<p a%zu>", 500000, "");
    refuses("//p", attributes, "html_limit");
    refuses("//p", names, "html_limit");
    refuses("//p", deep, "html_limit");
    refuses("//p", many, "answer_limit");
}

// An outer node repeats what the inner ones hold.
static void nested_nodes_do_not_multiply_a_page(void **state)
{
    (void)state;
    AUTO_FREE char *open = decode_repeat("", "<div>", 200, "");
    AUTO_FREE char *body = decode_repeat(open, "0123456789 ", 100000, "");
    refuses("//div", body, "answer_limit");
}

static void an_xpath_has_an_end(void **state)
{
    (void)state;
    AUTO_FREE char *body = decode_repeat("<ul>", "<li>x</li>", 100000, "</ul>");
    refuses("//li[count(preceding::li) = count(following::li)]", body, "selector_failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_xpath_selects_nodes),
        cmocka_unit_test(pages_are_taken_as_they_come),
        cmocka_unit_test(white_space_is_that_of_a_reader),
        cmocka_unit_test(charsets_are_read_by_every_sign),
        cmocka_unit_test(an_xpath_that_finds_nothing_is_a_failure),
        cmocka_unit_test(what_is_no_page_is_refused),
        cmocka_unit_test(an_xpath_is_checked_beforehand),
        cmocka_unit_test(functions_that_are_unknown_fail),
        cmocka_unit_test(floods_are_stopped),
        cmocka_unit_test(nested_nodes_do_not_multiply_a_page),
        cmocka_unit_test(an_xpath_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
