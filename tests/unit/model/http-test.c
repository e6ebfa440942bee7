// Header fields as a list: order and repetitions are kept, names have no case, and nothing gets in
// that could end a line.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "bridge/base/str.h"
#include "bridge/model/http.h"

#define AUTO_HEADERS CLEANUP(headers_deinit)

static void add(struct headers *headers, const char *name, const char *value)
{
    assert_int_equal(headers_add(headers, name, value), 0);
}

static void expect_fields(const struct headers *headers, const char *wanted)
{
    AUTO_BUF struct buf out = { 0 };
    for (size_t i = 0; i < headers->n; i++) {
        assert_int_equal(buf_printf(&out, "%s:%s;", headers->v[i].name, headers->v[i].value), 0);
    }
    assert_string_equal(buf_str(&out), wanted);
}

static void order_and_repetitions_are_kept(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers headers = { 0 };
    add(&headers, "Link", "a");
    add(&headers, "X-One", "1");
    add(&headers, "link", "b");
    add(&headers, "Empty", "");
    expect_fields(&headers, "Link:a;X-One:1;link:b;Empty:;");
    assert_string_equal(headers_get(&headers, "LINK"), "a");
    assert_string_equal(headers_get(&headers, "empty"), "");
    assert_null(headers_get(&headers, "Lin"));
    assert_null(headers_get(&headers, ""));
}

static void set_replaces_every_field_of_the_name_in_its_place(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers headers = { 0 };
    add(&headers, "A", "1");
    add(&headers, "b", "2");
    add(&headers, "C", "3");
    add(&headers, "B", "4");
    add(&headers, "D", "5");
    assert_int_equal(headers_set(&headers, "B", "new"), 0);
    expect_fields(&headers, "A:1;B:new;C:3;D:5;");
    assert_int_equal(headers_set(&headers, "E", "6"), 0);
    expect_fields(&headers, "A:1;B:new;C:3;D:5;E:6;");
    assert_int_equal(headers_set(&headers, "e", "7"), 0);
    expect_fields(&headers, "A:1;B:new;C:3;D:5;e:7;");
    assert_int_equal(headers_set(&headers, "a", headers_get(&headers, "C")), 0);
    expect_fields(&headers, "a:3;B:new;C:3;D:5;e:7;");
}

// The value may be one that the list itself owns and is about to drop.
static void set_may_be_given_its_own_value(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers headers = { 0 };
    add(&headers, "A", "kept");
    add(&headers, "A", "other");
    assert_int_equal(headers_set(&headers, headers.v[0].name, headers.v[1].value), 0);
    expect_fields(&headers, "A:other;");
}

static void remove_takes_all_of_a_name(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers headers = { 0 };
    headers_remove(&headers, "A");
    add(&headers, "a", "1");
    add(&headers, "B", "2");
    add(&headers, "A", "3");
    headers_remove(&headers, "A");
    expect_fields(&headers, "B:2;");
    headers_remove(&headers, "b");
    assert_int_equal(headers.n, 0);
    add(&headers, "C", "4");
    expect_fields(&headers, "C:4;");
}

static void what_could_split_a_request_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "",    " ",   "a b",    "a:",   "a\r\n", "a\n", "a\tb",
                                         "(a)", "a,b", "\u00e4", "a\"b", "a/b",   "[a]", "{a}",
                                         "a=b", "a;b", "a@b",    "a\\b", "a?",    "<a>", "a\x7f" };
    static const char *const values[] = { "\n", "\r", "a\nb", "a\r", "a\r\nX-Injected: 1" };
    AUTO_HEADERS struct headers headers = { 0 };
    add(&headers, "Kept", "1");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(headers_add(&headers, names[i], "x"), -EINVAL);
        assert_int_equal(headers_set(&headers, names[i], "x"), -EINVAL);
    }
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        assert_int_equal(headers_add(&headers, "X", values[i]), -EINVAL);
        assert_int_equal(headers_set(&headers, "Kept", values[i]), -EINVAL);
    }
    expect_fields(&headers, "Kept:1;");
    add(&headers, "!#$%&'*+-.^_`|~09azAZ", "tab\tand \u00e4");
}

// What does not fit into the room that was reserved is kept all the same, and all of it is freed.
static void reserved_room_may_be_too_small(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers headers = { 0 };
    assert_int_equal(headers_reserve(&headers, 2, 8), 0);
    const char *block = headers.block;
    add(&headers, "A", "12");
    add(&headers, "B", "345"); // its texts are one byte too long
    add(&headers, "C", "");
    assert_ptr_equal(headers.v[0].name, block);
    assert_ptr_equal(headers.v[2].name, block + 5);
    assert_int_equal(headers_reserve(&headers, 8, 64), 0);
    assert_ptr_equal(headers.block, block);
    assert_int_equal(headers_set(&headers, "a", "longer than before"), 0);
    headers_remove(&headers, "b");
    expect_fields(&headers, "a:longer than before;C:;");
}

static void pairs_may_have_any_name_and_value(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers pairs = { 0 };
    assert_int_equal(headers_put(&pairs, "a b[]", "two\nlines"), 0);
    expect_fields(&pairs, "a b[]:two\nlines;");
    assert_string_equal(headers_get(&pairs, "A b[]"), "two\nlines");
}

static void a_copy_stands_on_its_own(void **state)
{
    (void)state;
    AUTO_HEADERS struct headers copy = { 0 };
    {
        AUTO_HEADERS struct headers headers = { 0 };
        add(&headers, "A", "1");
        add(&headers, "A", "2");
        assert_int_equal(headers_copy(&copy, &headers), 0);
    }
    expect_fields(&copy, "A:1;A:2;");
}

static void every_error_has_a_code_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(http_error_code(HTTP_NO_ERROR), "");
    for (int i = HTTP_NO_ERROR; i <= HTTP_CANCELED; i++) {
        assert_string_not_equal(http_error_code((enum http_error)i), "unknown");
        for (int j = HTTP_NO_ERROR; j < i; j++) {
            assert_string_not_equal(http_error_code((enum http_error)i),
                                    http_error_code((enum http_error)j));
        }
    }
}

static void what_is_freed_is_empty_and_may_be_freed_again(void **state)
{
    (void)state;
    struct http_request request = { .method = strdup("POST"), .url = strdup("http://x/") };
    assert_int_equal(headers_add(&request.headers, "A", "1"), 0);
    assert_int_equal(headers_add(&request.secret_headers, "Authorization", "Bearer x"), 0);
    assert_int_equal(bytes_dup(&request.body, "b", 1), 0);
    http_request_deinit(&request);
    assert_null(request.url);
    assert_int_equal(request.secret_headers.n, 0);
    http_request_deinit(&request);

    struct http_response response = { .error_text = strdup("x"), .final_url = strdup("y") };
    assert_int_equal(headers_add(&response.headers, "A", "1"), 0);
    assert_int_equal(bytes_dup(&response.body, "b", 1), 0);
    http_response_deinit(&response);
    assert_null(response.body.data);
    http_response_deinit(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_repetitions_are_kept),
        cmocka_unit_test(set_replaces_every_field_of_the_name_in_its_place),
        cmocka_unit_test(set_may_be_given_its_own_value),
        cmocka_unit_test(remove_takes_all_of_a_name),
        cmocka_unit_test(what_could_split_a_request_is_refused),
        cmocka_unit_test(reserved_room_may_be_too_small),
        cmocka_unit_test(pairs_may_have_any_name_and_value),
        cmocka_unit_test(a_copy_stands_on_its_own),
        cmocka_unit_test(every_error_has_a_code_of_its_own),
        cmocka_unit_test(what_is_freed_is_empty_and_may_be_freed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
