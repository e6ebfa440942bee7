// From one page to the next: what is asked for, and where it ends.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/pages.h"
#include "bridge/spi/source.h"
#include "sources/page/page.h"

struct page_case {
    struct page_settings page; // of its expressions the texts are below
    const char *next;
    const char *more;
    const char *asked;    // URL
    const char *body;     // of the request, single quotes for double ones; NULL: none
    const char *answer;   // single quotes for double ones
    const char *field[2]; // of the answer's header
    const char *final_url;
    size_t items;
    size_t items_before;
    unsigned number;    // 0: the first
    const char *wanted; // URL; NULL: the end
    const char *wanted_body;
    const char *code; // of a refusal
};

static char *quoted(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    for (char *c = copy; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

static struct expr *expr_of(const char *text)
{
    struct expr *expr = NULL;
    assert_int_equal(text ? expr_new(&expr, text, NULL) : 0, 0);
    return expr;
}

static struct json_object *json_of(const char *text)
{
    AUTO_FREE char *plain = quoted(text ? text : "[]");
    struct json_object *value = NULL;
    assert_int_equal(json_read(&value, plain, strlen(plain), NULL, NULL), 0);
    return value;
}

static void check(const struct page_case *test, const struct page_place *got)
{
    if (!test->wanted) {
        assert_null(got->url);
        return;
    }
    assert_non_null(got->url);
    assert_string_equal(got->url, test->wanted);
    const char *body = test->wanted_body ? test->wanted_body : test->body;
    AUTO_FREE char *plain = quoted(body ? body : "");
    assert_string_equal(got->body.data ? got->body.data : "", plain);
}

static void run(const struct page_case *test)
{
    struct page_settings page = test->page;
    CLEANUP(page_place_deinit) struct page_place asked = { .url = strdup(test->asked) };
    CLEANUP(page_place_deinit) struct page_place next = { 0 };
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
    AUTO_JSON struct json_object *document = json_of(test->answer);
    assert_int_equal(expr_context_new(&context), 0);
    page.next = expr_of(test->next);
    page.more = expr_of(test->more);
    asked.body.data = test->body ? quoted(test->body) : NULL;
    asked.body.len = test->body ? strlen(test->body) : 0;
    if (test->field[0]) {
        assert_int_equal(headers_add(&response.headers, test->field[0], test->field[1]), 0);
    }
    response.final_url = test->final_url ? strdup(test->final_url) : NULL;
    const struct page_answer answer = {
        .number = test->number ? test->number : 1,
        .asked = &asked,
        .response = &response,
        .document = document,
        .items = test->items,
        .items_before = test->items_before,
        .context = context,
    };
    int r = page_next(&page, &answer, &next, &why);
    if (r != (test->code ? SOURCE_E_BAD_ANSWER : 0)) {
        fail_msg("%s: %d %s", test->answer, r, why ? why->message : "");
    }
    if (test->code) {
        assert_string_equal(why->code, test->code);
    }
    check(test, &next);
    (void)expr_free(page.next);
    (void)expr_free(page.more);
}

static void run_all(const struct page_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        run(&cases[i]);
    }
}

static void pages_are_counted_until_one_is_empty_or_short(void **state)
{
    (void)state;
    static char param[] = "p";
    static const struct page_case cases[] = {
        { .page = { .kind = PAGE_NUMBER, .start = 1 },
          .asked = "http://a/list?page=1",
          .items = 3,
          .wanted = "http://a/list?page=2" },
        { .page = { .kind = PAGE_NUMBER, .start = 0 },
          .asked = "http://a/list?q=x&page=4",
          .number = 5,
          .items = 3,
          .items_before = 12,
          .wanted = "http://a/list?q=x&page=5" },
        { .page = { .kind = PAGE_NUMBER, .start = 1, .param = param },
          .asked = "http://a/list?p=1&page=9",
          .items = 1,
          .wanted = "http://a/list?page=9&p=2" },
        { .page = { .kind = PAGE_NUMBER, .start = 1 }, .asked = "http://a/list?page=1" },
        { .page = { .kind = PAGE_NUMBER, .start = 1, .size = 100 },
          .asked = "http://a/list?page=1",
          .items = 99 },
        { .page = { .kind = PAGE_NUMBER, .start = 1, .size = 100 },
          .asked = "http://a/list?page=1",
          .items = 100,
          .wanted = "http://a/list?page=2" },
        // What the answer says stands above what can be counted.
        { .page = { .kind = PAGE_NUMBER, .start = 1, .size = 100 },
          .asked = "http://a/list?page=1",
          .more = ".more",
          .answer = "{'more':true}",
          .items = 1,
          .wanted = "http://a/list?page=2" },
        { .page = { .kind = PAGE_NUMBER, .start = 1 },
          .asked = "http://a/list?page=1",
          .more = ".page < .pages",
          .answer = "{'page':7,'pages':7}",
          .items = 100 },
    };
    run_all(cases, ARRAY_LEN(cases));
}

static void an_offset_is_the_number_of_items_so_far(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        { .page = { .kind = PAGE_OFFSET },
          .asked = "http://a/?offset=0",
          .items = 30,
          .wanted = "http://a/?offset=30" },
        // The server gives fewer than it was asked for, and none is passed over.
        { .page = { .kind = PAGE_OFFSET },
          .asked = "http://a/?offset=30&limit=50",
          .number = 2,
          .items = 20,
          .items_before = 30,
          .wanted = "http://a/?limit=50&offset=50" },
        { .page = { .kind = PAGE_OFFSET, .limit = 50 },
          .asked = "http://a/?offset=0&limit=50",
          .items = 20 },
        { .page = { .kind = PAGE_OFFSET }, .asked = "http://a/?offset=60", .items_before = 60 },
    };
    run_all(cases, ARRAY_LEN(cases));
}

static void a_cursor_is_handed_on_byte_for_byte(void **state)
{
    (void)state;
    static char cursor[] = "cursor";
    static char body[] = ".variables.after";
    static char header[] = "X-Next";
    static const struct page_case cases[] = {
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".meta.next",
          .asked = "http://a/?x=1",
          .answer = "{'meta':{'next':'a+b/c=&d'}}",
          .wanted = "http://a/?x=1&cursor=a%2Bb%2Fc%3D%26d" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/?cursor=old",
          .answer = "{'next':12345678901234567890123}",
          .wanted = "http://a/?cursor=12345678901234567890123" },
        // A page without items is no end: some APIs filter behind the cursor.
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':0}",
          .items = 0,
          .wanted = "http://a/?cursor=0" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':null}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':''}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':false}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':{'id':1}}",
          .code = "page_next" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .asked = "http://a/",
          .answer = "{'next':true}",
          .code = "page_next" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".data[-1].id",
          .more = ".has_more",
          .asked = "http://a/",
          .answer = "{'data':[{'id':'x'},{'id':'y'}],'has_more':true}",
          .wanted = "http://a/?cursor=y" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".data[-1].id",
          .more = ".has_more",
          .asked = "http://a/",
          .answer = "{'data':[{'id':'x'}],'has_more':false}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".data[-1].id",
          .more = ".has_more",
          .asked = "http://a/",
          .answer = "{'data':[],'has_more':true}", // more, but nothing to go on with
          .code = "page_next" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .more = ".has_more",
          .asked = "http://a/",
          .answer = "{'next':'x'}", // a name that is gone must not end the list in silence
          .code = "page_next" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor },
          .next = ".next",
          .more = ".has_more?",
          .asked = "http://a/",
          .answer = "{'next':'x'}" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor, .next_header = header },
          .asked = "http://a/",
          .field = { "x-next", "2" },
          .wanted = "http://a/?cursor=2" },
        { .page = { .kind = PAGE_CURSOR, .param = cursor, .next_header = header },
          .asked = "http://a/?cursor=2",
          .field = { "x-next", "" } },
        { .page = { .kind = PAGE_CURSOR, .body = body },
          .next = ".end",
          .asked = "http://a/graphql",
          .body = "{'query':'q','variables':{'n':100,'after':null}}",
          .answer = "{'end':'Y3Vyc29y'}",
          .wanted = "http://a/graphql",
          .wanted_body = "{'query':'q','variables':{'n':100,'after':'Y3Vyc29y'}}" },
        { .page = { .kind = PAGE_CURSOR, .body = body },
          .next = ".end",
          .asked = "http://a/graphql",
          .body = "{'query':'q'}",
          .answer = "{'end':7}",
          .wanted = "http://a/graphql",
          .wanted_body = "{'query':'q','variables':{'after':7}}" },
        { .page = { .kind = PAGE_CURSOR, .body = body },
          .next = ".end",
          .asked = "http://a/graphql",
          .body = "{'variables':'none'}",
          .answer = "{'end':7}",
          .code = "page_next" },
    };
    run_all(cases, ARRAY_LEN(cases));
}

static void a_next_url_is_followed_within_its_origin(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".links.next",
          .asked = "https://a/v1/list?n=2",
          .answer = "{'links':{'next':'https://a:443/v1/list?n=2&after=x#top'}}",
          .wanted = "https://a:443/v1/list?n=2&after=x" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/v1/list?n=2",
          .answer = "{'next':'?after=x'}",
          .wanted = "https://a/v1/list?after=x" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/v1/list",
          .body = "{'q':1}",
          .answer = "{'next':'/v2/list'}",
          .wanted = "https://a/v2/list" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/old",
          .final_url = "https://a/new/list",
          .answer = "{'next':'more'}",
          .wanted = "https://a/new/more" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next?",
          .asked = "https://a/",
          .answer = "{}" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':'https://b/'}",
          .code = "page_origin" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':'http://a/'}",
          .code = "page_origin" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':'//a:8443/'}",
          .code = "page_origin" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .final_url = "https://b/list",
          .answer = "{'next':'?page=2'}", // of the host it was redirected to
          .code = "page_origin" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':'https://me:pw@a/'}",
          .code = "page_next" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':'file:///etc/passwd'}",
          .code = "page_next" },
        { .page = { .kind = PAGE_NEXT_URL },
          .next = ".next",
          .asked = "https://a/",
          .answer = "{'next':2}",
          .code = "page_next" },
        { .page = { .kind = PAGE_LINK },
          .asked = "https://a/list",
          .field = { "Link", "<https://a/list?page=2>; rel=\"next\"" },
          .wanted = "https://a/list?page=2" },
        { .page = { .kind = PAGE_LINK },
          .asked = "https://a/list?page=2",
          .field = { "Link", "<https://a/list?page=1>; rel=\"prev\"" } },
        { .page = { .kind = PAGE_LINK },
          .asked = "https://a/list",
          .field = { "Link", "<https://b/list?page=2>; rel=\"next\"" },
          .code = "page_origin" },
    };
    run_all(cases, ARRAY_LEN(cases));
}

static void the_first_page_has_its_parameters(void **state)
{
    (void)state;
    static char size_param[] = "per_page";
    static char limit_param[] = "limit";
    static const struct {
        struct page_settings page;
        const char *wanted;
    } cases[] = {
        { { .kind = PAGE_NONE }, "http://a/?page=7" },
        { { .kind = PAGE_LINK }, "http://a/?page=7" },
        { { .kind = PAGE_NUMBER, .start = 0, .size_param = size_param }, "http://a/?page=0" },
        { { .kind = PAGE_NUMBER, .start = 1, .size_param = size_param, .size = 50 },
          "http://a/?page=1&per_page=50" },
        { { .kind = PAGE_OFFSET, .limit_param = limit_param, .limit = 50 },
          "http://a/?page=7&offset=0&limit=50" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf url = { 0 };
        assert_int_equal(buf_append_str(&url, "http://a/?page=7"), 0);
        assert_int_equal(page_begin(&cases[i].page, &url), 0);
        assert_string_equal(buf_str(&url), cases[i].wanted);
    }
}

// A 304 for the first page says that its body is the same, nothing about its header fields.
static void what_a_header_says_is_not_told_by_the_body(void **state)
{
    (void)state;
    struct page_limits limits;
    static char header[] = "X-Next";
    assert_false(page_get_limits(&(struct page_settings){ .kind = PAGE_NONE }, &limits));
    assert_true(page_get_limits(&(struct page_settings){ .kind = PAGE_NUMBER }, &limits));
    assert_true(limits.told_by_body);
    assert_true(page_get_limits(&(struct page_settings){ .kind = PAGE_CURSOR }, &limits));
    assert_true(limits.told_by_body);
    assert_true(page_get_limits(
        &(struct page_settings){ .kind = PAGE_CURSOR, .next_header = header }, &limits));
    assert_false(limits.told_by_body);
    assert_true(page_get_limits(&(struct page_settings){ .kind = PAGE_LINK }, &limits));
    assert_false(limits.told_by_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_counted_until_one_is_empty_or_short),
        cmocka_unit_test(an_offset_is_the_number_of_items_so_far),
        cmocka_unit_test(a_cursor_is_handed_on_byte_for_byte),
        cmocka_unit_test(a_next_url_is_followed_within_its_origin),
        cmocka_unit_test(the_first_page_has_its_parameters),
        cmocka_unit_test(what_a_header_says_is_not_told_by_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
