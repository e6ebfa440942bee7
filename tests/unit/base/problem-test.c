#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include "bridge/base/problem.h"
#include <cmocka.h>

#include "bridge/base/str.h"

static void check(struct problem *problem, const char *text)
{
    AUTO_FREE char *formatted = problem_format(problem);
    assert_string_equal(formatted, text);
    (void)problem_free(problem);
}

static void setting_returns_the_error_and_fills_the_words(void **state)
{
    (void)state;
    struct problem *problem = NULL;
    assert_int_equal(problem_set(&problem, 7, "unknown_key", "no key %s, try %s", "a", "b"), 7);
    assert_string_equal(problem->code, "unknown_key");
    assert_null(problem->file);
    check(problem, "no key a, try b");
}

// A name of %.3s may end within a character.
static void words_stay_utf8(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "a\xc3\xa4", "no a\xc3\xa4 here" }, // all of it
        { "ab\xc3\xa4", "no ab here" },       // cut
        { "\xf0\x9f\x98\x80", "no  here" },
        { "\xff\xfe", "no  here" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct problem *problem = NULL;
        (void)problem_set(&problem, 1, "x", "no %.3s here", cases[i][0]);
        check(problem, cases[i][1]);
    }
}

static void nobody_has_to_ask_for_words(void **state)
{
    (void)state;
    assert_int_equal(problem_set(NULL, -5, "x", "y"), -5);
    assert_int_equal(problem_set_at(NULL, 3, "x", "f", 1, 1, "y"), 3);
}

static void first_problem_is_kept(void **state)
{
    (void)state;
    struct problem *problem = NULL;
    (void)problem_set(&problem, 1, "first", "first");
    assert_int_equal(problem_set_at(&problem, 2, "second", "f", 1, 2, "second"), 2);
    assert_string_equal(problem->code, "first");
    check(problem, "first");
}

static void known_parts_of_the_place_are_shown(void **state)
{
    (void)state;
    struct problem *problem = NULL;
    (void)problem_set_at(&problem, 1, "c", "a.yaml", 3, 14, "what");
    check(problem, "a.yaml:3:14: what");
    problem = NULL;
    (void)problem_set_at(&problem, 1, "c", "a.yaml", 3, 0, "what");
    check(problem, "a.yaml:3: what");
    problem = NULL;
    (void)problem_set_at(&problem, 1, "c", "a.yaml", 0, 0, "what");
    check(problem, "a.yaml: what");
    problem = NULL;
    (void)problem_set_at(&problem, 1, "c", NULL, 3, 14, "what");
    check(problem, "3:14: what");
    problem = NULL;
    (void)problem_set_at(&problem, 1, "c", NULL, 0, 14, "what"); // a column of no line
    check(problem, "what");
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    assert_null(problem_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_returns_the_error_and_fills_the_words),
        cmocka_unit_test(words_stay_utf8),
        cmocka_unit_test(nobody_has_to_ask_for_words),
        cmocka_unit_test(first_problem_is_kept),
        cmocka_unit_test(known_parts_of_the_place_are_shown),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
