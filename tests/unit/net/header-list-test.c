// The fields a request sends, in the form libcurl takes them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/model/http.h"
#include "bridge/net/header-list.h"

struct fixture {
    struct header_list list;
    struct http_request request;
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ 0 };
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    header_list_deinit(&f->list);
    http_request_deinit(&f->request);
    return 0;
}

static void add(struct fixture *f, const char *name, const char *value)
{
    assert_int_equal(headers_add(&f->request.headers, name, value), 0);
}

static void add_secret(struct fixture *f, const char *name, const char *value)
{
    assert_int_equal(headers_add(&f->request.secret_headers, name, value), 0);
}

// Builds it and compares the lines, each ended by a bar.
static void expect(struct fixture *f, const struct header_rules *rules, const char *expected)
{
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(header_list_build(&f->list, &f->request, rules), 0);
    for (const struct curl_slist *node = f->list.first; node; node = node->next) {
        assert_int_equal(buf_printf(&text, "%s|", node->data), 0);
    }
    assert_string_equal(buf_str(&text), expected);
}

static void a_request_without_fields_makes_no_list(void **state)
{
    struct fixture *f = *state;
    expect(f, &(struct header_rules){ 0 }, "");
    assert_null(f->list.first);
}

static void fields_keep_their_order_and_repeat(void **state)
{
    struct fixture *f = *state;
    add(f, "Accept", "text/html");
    add(f, "X-A", "1");
    add(f, "X-A", "2");
    add_secret(f, "Authorization", "Bearer t");
    expect(f, &(struct header_rules){ 0 },
           "Accept: text/html|X-A: 1|X-A: 2|Authorization: Bearer t|");
}

// libcurl takes "Name:" as the wish not to send the field.
static void a_field_without_a_value_is_sent(void **state)
{
    struct fixture *f = *state;
    add(f, "X-Empty", "");
    add(f, "X-Blank", " \t ");
    expect(f, &(struct header_rules){ 0 }, "X-Empty;|X-Blank;|");
}

static void framing_is_libcurls_alone(void **state)
{
    struct fixture *f = *state;
    add(f, "content-LENGTH", "5");
    add(f, "Transfer-Encoding", "chunked");
    add_secret(f, "Expect", "100-continue");
    expect(f, &(struct header_rules){ 0 }, "");
}

static void a_body_brings_neither_expect_nor_a_type_of_its_own(void **state)
{
    struct fixture *f = *state;
    const struct header_rules rules = { .has_body = true };
    expect(f, &rules, "Expect:|Content-Type:|");
    add(f, "content-type", "application/json");
    expect(f, &rules, "content-type: application/json|Expect:|");
}

static void own_fields_give_way_to_those_of_the_request(void **state)
{
    struct fixture *f = *state;
    const struct header_rules rules = { .host = "a:1",
                                        .user_agent = "us",
                                        .accept_encoding = "gzip" };
    expect(f, &rules, "Host: a:1|User-Agent: us|Accept-Encoding: gzip|");
    add(f, "host", "b");
    add_secret(f, "user-agent", "them");
    add(f, "Accept-encoding", "identity");
    expect(f, &rules, "host: b|Accept-encoding: identity|user-agent: them|");
}

static void nothing_secret_leaves_the_origin(void **state)
{
    struct fixture *f = *state;
    const struct header_rules rules = { .left_origin = true, .user_agent = "us" };
    add(f, "Accept", "a/b");
    add(f, "AUTHORIZATION", "Basic x");
    add(f, "cookie", "c=1");
    add(f, "Proxy-Authorization", "p");
    add(f, "Host", "first");
    add_secret(f, "X-Api-Key", "k");
    add_secret(f, "User-Agent", "secret agent");
    expect(f, &rules, "Accept: a/b|User-Agent: us|");
}

static void a_dropped_body_takes_its_description_along(void **state)
{
    struct fixture *f = *state;
    const struct header_rules rules = { .dropped_body = true };
    add(f, "Content-Type", "application/json");
    add(f, "content-language", "de");
    add(f, "Contents", "kept");
    expect(f, &rules, "Contents: kept|");
}

static void memory_is_used_again_and_large_blocks_are_not_kept(void **state)
{
    struct fixture *f = *state;
    char large[20000];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    add(f, "X-A", "1");
    expect(f, &(struct header_rules){ 0 }, "X-A: 1|");
    const char *block = f->list.block;
    expect(f, &(struct header_rules){ 0 }, "X-A: 1|");
    assert_ptr_equal(f->list.block, block);
    assert_int_equal(headers_set(&f->request.headers, "X-A", large), 0);
    assert_int_equal(header_list_build(&f->list, &f->request, &(struct header_rules){ 0 }), 0);
    assert_true(f->list.size > sizeof(large));
    assert_int_equal(headers_set(&f->request.headers, "X-A", "2"), 0);
    expect(f, &(struct header_rules){ 0 }, "X-A: 2|");
    assert_true(f->list.size < 1024);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_request_without_fields_makes_no_list),
        CASE(fields_keep_their_order_and_repeat),
        CASE(a_field_without_a_value_is_sent),
        CASE(framing_is_libcurls_alone),
        CASE(a_body_brings_neither_expect_nor_a_type_of_its_own),
        CASE(own_fields_give_way_to_those_of_the_request),
        CASE(nothing_secret_leaves_the_origin),
        CASE(a_dropped_body_takes_its_description_along),
        CASE(memory_is_used_again_and_large_blocks_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
