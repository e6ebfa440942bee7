// Taking in an answer: limits, blocks of header lines, and what a hostile server puts into them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/net/answer.h"

struct fixture {
    struct answer answer;
    struct http_response response;
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
    answer_deinit(&f->answer);
    http_response_deinit(&f->response);
    return 0;
}

static bool add_line(struct fixture *f, const char *line)
{
    return answer_add_header_line(&f->answer, line, strlen(line));
}

// Lines are ended by "\r\n"; the empty one is added.
static void add_block(struct fixture *f, const char *const lines[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "%s\r\n", lines[i]);
        assert_true(add_line(f, line));
    }
    assert_true(add_line(f, "\r\n"));
}

static bool add_body(struct fixture *f, const struct http_request *request, const char *text)
{
    return answer_add_body(&f->answer, request, text, strlen(text), -1, false);
}

static const char *field(struct fixture *f, const char *name)
{
    return headers_get(&f->response.headers, name);
}

static void an_answer_is_taken_apart(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 10 };
    static const char *const lines[] = { "HTTP/1.1 203 Fine", "A: 1", "b:\t two words \t",
                                         "C:", "a: 2" };
    add_block(f, lines, ARRAY_LEN(lines));
    assert_true(add_body(f, &request, "01234"));
    assert_true(add_body(f, &request, "56789"));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.status, 203);
    assert_int_equal(f->response.http_version, 11);
    assert_int_equal(f->response.headers.n, 4);
    assert_string_equal(field(f, "a"), "1");
    assert_string_equal(field(f, "B"), "two words");
    assert_string_equal(field(f, "c"), "");
    assert_string_equal(f->response.headers.v[3].value, "2");
    assert_string_equal(f->response.body.data, "0123456789");
    assert_false(f->response.truncated);
}

static void versions_are_read(void **state)
{
    static const struct {
        const char *line;
        unsigned version;
        int status;
    } cases[] = {
        { "HTTP/1.0 200 OK\r\n", 10, 200 }, { "HTTP/1.1 200\r\n", 11, 200 },
        { "HTTP/2 404 \r\n", 20, 404 },     { "HTTP/1.1 99999 x\r\n", 11, 999 },
        { "HTTP/1.1\r\n", 11, 0 },          { "HTTP/\r\n", 0, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = *state;
        assert_true(add_line(f, cases[i].line));
        assert_int_equal(f->answer.version, cases[i].version);
        assert_int_equal(f->answer.status, cases[i].status);
    }
}

static void only_the_final_block_counts(void **state)
{
    struct fixture *f = *state;
    static const char *const early[] = { "HTTP/1.1 103 Early Hints", "Link: a", "X: early" };
    static const char *const final[] = { "HTTP/1.1 200 OK", "X: final" };
    static const char *const trailers[] = { "X: trailer", "Y: trailer" };
    add_block(f, early, ARRAY_LEN(early));
    assert_false(f->answer.headers_done);
    add_block(f, final, ARRAY_LEN(final));
    assert_true(f->answer.headers_done);
    add_block(f, trailers, ARRAY_LEN(trailers));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.headers.n, 1);
    assert_string_equal(field(f, "X"), "final");
}

static void malformed_lines_become_no_fields(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = { "HTTP/1.1 200 OK", ": no name",     "no colon",
                                         "Space : before",  "\x01: control", "Good: yes",
                                         " folded",         "\tand again",   "Cr: a\rb" };
    add_block(f, lines, ARRAY_LEN(lines));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.headers.n, 2);
    assert_string_equal(field(f, "Good"), "yes  folded \tand again");
    assert_string_equal(field(f, "Cr"), "a b");
}

static void a_fold_at_the_beginning_folds_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = { "HTTP/1.1 200 OK", " Secret: x", "A: 1" };
    add_block(f, lines, ARRAY_LEN(lines));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.headers.n, 1);
}

static void a_fold_may_begin_end_or_be_no_value(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {
        "HTTP/1.1 200 OK", "A:", " \t ",     "\tone", "B: two \t", "  \t", "C:",
        "No Field: x",     " y", "no colon", " z"
    };
    add_block(f, lines, ARRAY_LEN(lines));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.headers.n, 3);
    assert_string_equal(field(f, "A"), "one");
    assert_string_equal(field(f, "B"), "two");
    assert_string_equal(field(f, "C"), "");
}

// libcurl refuses them already. One must not make two fields of one.
static void a_nul_ends_no_value(void **state)
{
    struct fixture *f = *state;
    static const char line[] = "A: one\0two";
    assert_true(add_line(f, "HTTP/1.1 200 OK\r\n"));
    assert_true(answer_add_header_line(&f->answer, line, sizeof(line) - 1));
    assert_true(add_line(f, "B: 2\r\n"));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_string_equal(field(f, "A"), "one two");
    assert_string_equal(field(f, "B"), "2");
}

static void an_answer_may_have_many_and_long_fields(void **state)
{
    struct fixture *f = *state;
    char line[400];
    assert_true(add_line(f, "HTTP/1.1 200 OK\r\n"));
    for (int i = 0; i < 100; i++) {
        (void)snprintf(line, sizeof(line), "X-%d: %0350d\r\n", i, i);
        assert_true(add_line(f, line));
    }
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.headers.n, 100);
    assert_int_equal(strlen(field(f, "x-99")), 350);
    assert_int_equal(headers_add(&f->response.headers, "More", "1"), 0);
    assert_string_equal(field(f, "more"), "1");
    assert_int_equal(strlen(field(f, "x-0")), 350);
}

static void header_lines_are_capped_by_number(void **state)
{
    struct fixture *f = *state;
    assert_true(add_line(f, "HTTP/1.1 200 OK\r\n"));
    for (unsigned i = 0; i < ANSWER_FIELDS_MAX; i++) {
        assert_true(add_line(f, "A: b\r\n"));
    }
    assert_false(add_line(f, "A: b\r\n"));
    assert_true(f->answer.stopped);
    assert_int_equal(f->answer.refusal, HTTP_RESPONSE_TOO_LARGE);
}

// Also over blocks: else 1xx answers without end would be taken in for ever.
static void header_bytes_are_capped_over_all_blocks(void **state)
{
    struct fixture *f = *state;
    size_t blocks = 0;
    while (add_line(f, "HTTP/1.1 100 Continue\r\n") && add_line(f, "\r\n")) {
        blocks++;
        assert_true(blocks < ANSWER_HEADER_BYTES_MAX);
    }
    assert_int_equal(f->answer.refusal, HTTP_RESPONSE_TOO_LARGE);
}

static void a_body_of_just_the_limit_passes_and_one_byte_more_does_not(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 8 };
    assert_true(add_body(f, &request, "12345678"));
    assert_false(add_body(f, &request, "9"));
    assert_int_equal(f->answer.refusal, HTTP_RESPONSE_TOO_LARGE);
    assert_false(f->answer.truncated);
}

static void a_body_may_be_cut_instead(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 8, .truncate_body = true };
    assert_true(add_body(f, &request, "12345"));
    assert_false(add_body(f, &request, "67890"));
    assert_int_equal(f->answer.refusal, HTTP_NO_ERROR);
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_true(f->response.truncated);
    assert_string_equal(f->response.body.data, "12345678");
}

static void a_body_of_just_the_limit_is_not_cut(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 5, .truncate_body = true };
    assert_true(add_body(f, &request, "12345"));
    assert_true(add_body(f, &request, ""));
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_false(f->response.truncated);
}

static void no_body_is_read_where_none_is_wanted(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { 0 };
    assert_true(add_body(f, &request, ""));
    assert_false(add_body(f, &request, "x"));
    assert_int_equal(f->answer.refusal, HTTP_NO_ERROR);
    assert_int_equal(f->answer.body.cap, 0);
}

static void an_announced_length_is_not_believed_without_end(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = UINT64_C(1) << 40 };
    assert_true(answer_add_body(&f->answer, &request, "x", 1, 1LL << 39, false));
    assert_true(f->answer.body.cap <= 4U << 20);
}

static void a_body_of_no_interest_is_read_only_so_far(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 1 };
    char piece[4096];
    size_t taken = 0;
    memset(piece, 'x', sizeof(piece));
    while (answer_add_body(&f->answer, &request, piece, sizeof(piece), -1, true)) {
        taken += sizeof(piece);
        assert_true(taken < 1U << 20);
    }
    assert_int_equal(f->answer.refusal, HTTP_NO_ERROR);
    assert_int_equal(f->answer.body.len, 0);
    assert_true(taken > 0);
}

static void nothing_of_one_answer_is_in_the_next(void **state)
{
    struct fixture *f = *state;
    const struct http_request request = { .max_body_bytes = 3, .truncate_body = true };
    static const char *const first[] = { "HTTP/1.1 500 Bad", "A: 1", "B: 2" };
    static const char *const second[] = { "HTTP/1.0 204 Fine", "C: 3" };
    add_block(f, first, ARRAY_LEN(first));
    assert_false(add_body(f, &request, "much text"));
    answer_clear(&f->answer);
    add_block(f, second, ARRAY_LEN(second));
    assert_false(f->answer.stopped);
    assert_int_equal(answer_finish(&f->answer, &f->response), 0);
    assert_int_equal(f->response.status, 204);
    assert_int_equal(f->response.headers.n, 1);
    assert_string_equal(field(f, "C"), "3");
    assert_int_equal(f->response.body.len, 0);
    assert_false(f->response.truncated);
}

static void one_field_can_be_asked_for(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = { "HTTP/1.1 302 Found", "Locations: no", "LOCATION: /x ",
                                         "Location: /y" };
    AUTO_FREE char *found = NULL;
    AUTO_FREE char *missing = NULL;
    assert_int_equal(answer_dup_field(&f->answer, "Location", &missing), 0);
    assert_null(missing);
    add_block(f, lines, ARRAY_LEN(lines));
    assert_int_equal(answer_dup_field(&f->answer, "Location", &found), 0);
    assert_string_equal(found, "/x");
    assert_int_equal(answer_dup_field(&f->answer, "Loc", &missing), 0);
    assert_null(missing);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_is_taken_apart),
        CASE(versions_are_read),
        CASE(only_the_final_block_counts),
        CASE(malformed_lines_become_no_fields),
        CASE(a_fold_at_the_beginning_folds_nothing),
        CASE(a_fold_may_begin_end_or_be_no_value),
        CASE(a_nul_ends_no_value),
        CASE(an_answer_may_have_many_and_long_fields),
        CASE(header_lines_are_capped_by_number),
        CASE(header_bytes_are_capped_over_all_blocks),
        CASE(a_body_of_just_the_limit_passes_and_one_byte_more_does_not),
        CASE(a_body_may_be_cut_instead),
        CASE(a_body_of_just_the_limit_is_not_cut),
        CASE(no_body_is_read_where_none_is_wanted),
        CASE(an_announced_length_is_not_believed_without_end),
        CASE(a_body_of_no_interest_is_read_only_so_far),
        CASE(nothing_of_one_answer_is_in_the_next),
        CASE(one_field_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
