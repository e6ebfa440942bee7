// What a request asks, read by the table of its route.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "bridge/api/question.h"
#include "bridge/api/route.h"
#include "bridge/base/problem.h"

#define NOW_MS INT64_C(1767225600000)

static const char *const colours[] = { "red", "green", NULL };
static const struct api_parameter parameters[] = {
    API_PAGE_PARAMETERS,
    { "after", API_NUMBER, NULL, "" },
    { "since", API_TIME, NULL, "" },
    { "dry", API_FLAG, NULL, "" },
    { "colour", API_CHOICE, colours, "" },
};
static const struct api_route route = {
    .path = "/v1/things/{name}/parts/{part}",
    .query = parameters,
    .query_count = ARRAY_LEN(parameters),
};

static void paths_fit_patterns_part_by_part(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path, *first, *second;
    } rows[] = {
        { "/v1/a", "/v1/a", "", "" },
        { "/v1/a/{name}", "/v1/a/x", "x", "" },
        { "/v1/a/{name}", "/v1/a/x%20y", "x y", "" },
        { "/v1/a/{name}", "/v1/a/%2e%2e", "..", "" }, // a name like any other
        { "/v1/a/{name}", "/v1/a/a%2Fb", "a/b", "" },
        { "/v1/{kind}/b/{name}", "/v1/a/b/c", "a", "c" },
        // None of these.
        { "/v1/a", "/v1/a/", NULL, NULL },
        { "/v1/a", "/v1", NULL, NULL },
        { "/v1/a/{name}", "/v1/a/", NULL, NULL },
        { "/v1/a/{name}", "/v1/a/x/y", NULL, NULL },
        { "/v1/a/{name}", "/v1/a/x%00y", NULL, NULL },
        { "/v1/a/{name}/b", "/v1/a/x", NULL, NULL },
        { "/v1/a/{name}", "/v1/b/x", NULL, NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char places[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE] = { 0 };
        bool fits = question_fits(rows[i].pattern, rows[i].path, places);
        if (fits != (rows[i].first != NULL)) {
            fail_msg("%s %s %s", rows[i].pattern, fits ? "fits" : "does not fit", rows[i].path);
        }
        if (fits) {
            assert_string_equal(places[0], rows[i].first);
            assert_string_equal(places[1], rows[i].second);
        }
    }
}

static void a_name_of_any_length_does_not_hurt(void **state)
{
    (void)state;
    char path[QUESTION_NAME_SIZE + 16] = "/v1/a/";
    (void)memset(path + strlen(path), 'x', QUESTION_NAME_SIZE);
    char places[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE];
    assert_false(question_fits("/v1/a/{name}", path, places));
    path[strlen("/v1/a/") + QUESTION_NAME_SIZE - 1] = '\0';
    assert_true(question_fits("/v1/a/{name}", path, places));
    assert_int_equal(strlen(places[0]), QUESTION_NAME_SIZE - 1);
}

static void places_are_found_by_their_names(void **state)
{
    (void)state;
    struct api_question question = { .route = &route };
    assert_true(question_fits(route.path, "/v1/things/a/parts/b", question.places));
    assert_string_equal(question_place(&question, "name"), "a");
    assert_string_equal(question_place(&question, "part"), "b");
}

static void values_are_read_by_their_types(void **state)
{
    (void)state;
    struct api_question question = { .route = &route };
    assert_int_equal(question_read_query(&question,
                                         "limit=250&iterator=a%2Bb+c&after=7&dry=true&colour=green"
                                         "&since=2025-12-31T23:00:00Z",
                                         NOW_MS, NULL),
                     0);
    assert_int_equal(question_limit(&question), 250);
    assert_string_equal(question_text(&question, "iterator"), "a+b c");
    assert_int_equal(question_number(&question, "after", 0), 7);
    assert_int_equal(question_number(&question, "since", 0), NOW_MS - 3600000);
    assert_int_equal(question_number(&question, "dry", 0), 1);
    assert_int_equal(question_number(&question, "colour", -1), 1);
    question_deinit(&question);
}

static void what_is_absent_is_told_apart(void **state)
{
    (void)state;
    struct api_question question = { .route = &route };
    assert_int_equal(question_read_query(&question, "since=1h", NOW_MS, NULL), 0);
    assert_int_equal(question_number(&question, "since", 0), NOW_MS - 3600000);
    assert_false(question_has(&question, "after"));
    assert_int_equal(question_number(&question, "after", 42), 42);
    assert_int_equal(question_limit(&question), PAGE_LIMIT_USUAL);
    assert_null(question_text(&question, "iterator"));
    question_deinit(&question);
}

static void wrong_values_are_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *query, *code, *words;
    } rows[] = {
        { "limit=0", "bad_parameter", "limit is a number from 1 to 250" },
        { "limit=251", "bad_parameter", "limit is a number from 1 to 250" },
        { "limit=x", "bad_parameter", "limit is a whole number" },
        { "limit=", "bad_parameter", "limit is a whole number" },
        { "after=-1", "bad_parameter", "after is a whole number, from 0" },
        { "after=99999999999999999999", "bad_parameter", "after is a whole number" },
        { "since=yesterday", "bad_parameter", "how long ago such as 1h" },
        { "dry=1", "bad_parameter", "dry is true or false" },
        { "colour=blue", "bad_parameter", "colour is one of red, green" },
        { "after=1&after=2", "bad_parameter", "after stands twice" },
        { "itterator=x", "unknown_parameter", "did you mean \"iterator\"?" },
        { "x", "bad_query", "cannot be read" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_question question = { .route = &route };
        CLEANUP(problem_freep) struct problem *problem = NULL;
        assert_int_equal(question_read_query(&question, rows[i].query, NOW_MS, &problem), -EINVAL);
        assert_string_equal(problem->code, rows[i].code);
        if (!strstr(problem->message, rows[i].words)) {
            fail_msg("%s: %s", rows[i].query, problem->message);
        }
        question_deinit(&question);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_fit_patterns_part_by_part),
        cmocka_unit_test(a_name_of_any_length_does_not_hurt),
        cmocka_unit_test(places_are_found_by_their_names),
        cmocka_unit_test(values_are_read_by_their_types),
        cmocka_unit_test(what_is_absent_is_told_apart),
        cmocka_unit_test(wrong_values_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
